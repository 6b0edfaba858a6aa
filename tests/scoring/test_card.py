from leukfeat.scoring import model_card, read_facts, save_model


def test_a_card_says_what_one_must_know(saved):
    card = model_card(read_facts(saved))
    titles = [line.removeprefix("## ") for line in card.splitlines() if line.startswith("## ")]
    assert titles == [
        "Intended use",
        "What it answers",
        "Data",
        "Scores",
        "Scores by subject",
        "Limits",
        "Notes of the comparison",
        "How it was made",
    ]
    assert "This is not a medical device" in card
    assert "Decision threshold: a probability of 0.250. By hand." in card
    assert "Fitted on 24 images" in card
    assert "| Accuracy | 0.900 | – |" in card
    assert "| worst subject | 0.500 |" in card
    assert "- One note." in card
    assert "| focus | 1 | 9.5 |" in card
    assert read_facts(saved)["files"]["joblib"]["sha256"] in card


def test_leaks_are_said_above_the_scores(ridge, tmp_path):
    from leukfeat.scoring import Evidence

    scores = ({"metric": "accuracy", "title": "Accuracy", "value": 0.9, "low": 0.8, "high": 0.95},)
    path = save_model(ridge, tmp_path / "leaky.joblib", Evidence(leaks=True, scores=scores))
    card = model_card(read_facts(path))
    assert card.index("these scores are too high") < card.index("| Accuracy | 0.900 | 0.800 to 0.950 |")


def test_what_is_not_known_is_said(ridge, tmp_path):
    card = model_card(read_facts(save_model(ridge, tmp_path / "bare.joblib")))
    assert "Nothing was written down of the data." in card
    assert "No scores were written down." in card
    assert "Not known: the data do not say which images are of one subject." in card
    assert card.count("None") == 1  # of notes


def test_texts_of_a_model_are_no_markdown(saved):
    odd = "<script>alert('x')</script>$a_b$ [c](d)\u202e\u200b| `e`\n# f"
    facts = read_facts(saved)
    told = {"name": odd, "id": odd, "classes": [odd], "positive": odd, "notes": [odd], "protocol": odd}
    scores = [{**facts["scores"][0], "title": odd}]
    card = model_card({**facts, **told, "scores": scores, "versions": {odd: "1"}})
    shown = r"&lt;script&gt;alert('x')&lt;/script&gt;\$a\_b\$ \[c\]\(d)\N\N\| \`e\` # f"
    shown = shown.replace("\\N", "\ufffd")
    assert f"# {shown}\n" in card
    assert f"Classes: {shown}." in card
    assert f"- {shown}\n" in card
    assert f"| {shown} | 1 |" in card
    assert f"| {shown} | 0.900 | – |" in card
    assert "Model `<script>alert('x')</script>$a_b$ [c](d)\ufffd\ufffd¦ 'e' # f`, made on" in card
    assert "\u202e" not in card
    assert "\n# f" not in card
