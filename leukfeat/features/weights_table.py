"""Files of weights that are known by name: one table."""

from dataclasses import dataclass

from leukfeat.features.preprocessing import IMAGENET, Preprocessing

__all__ = ["WEIGHTS", "WeightsFile"]


@dataclass(frozen=True)
class WeightsFile:
    """An ONNX file, known by the SHA-256 of its bytes.

    Parameters
    ----------
    name : str
        The network and its training. Files of one name are the same network, saved twice.
    file : str
        What the file is called in a folder of weights.
    sha256 : str
        64 hexadecimal digits.
    n_bytes : int
        Its length.
    width : int
        Length of its embedding, the penultimate layer.
    url : str, default=""
        Where it can be downloaded; empty where it cannot.
    preprocessing : Preprocessing, default=IMAGENET
        What the network was trained on.
    licence : str, default="Apache-2.0"
        Under which the file is published.
    """

    name: str
    file: str
    sha256: str
    n_bytes: int
    width: int
    url: str = ""
    preprocessing: Preprocessing = IMAGENET
    licence: str = "Apache-2.0"


_ZOO = "https://huggingface.co/onnxmodelzoo/"
_LEGACY = f"{_ZOO}legacy_models/resolve/main/validated/vision/classification/"
_HALF = (0.5, 0.5, 0.5)

# Of several files of one name the first that is there is taken, and the first is the one to download.
WEIGHTS: tuple[WeightsFile, ...] = (
    WeightsFile(
        "alexnet",
        "alexnet_Opset17.onnx",
        "d1fef6de9abfd04669ff0c450eaf02609f544c47623e6b80346180737863f5ee",
        244_407_335,
        4096,
        f"{_ZOO}alexnet_Opset17_torch_hub/resolve/main/alexnet_Opset17.onnx",
    ),
    WeightsFile(
        "vgg16",
        "vgg16_Opset17.onnx",
        "1ad7f863cda9f3ff233317bb9d183651a3206ab271cf1c20870c851dafdbb9ba",
        553_437_938,
        4096,
        f"{_ZOO}vgg16_Opset17_torch_hub/resolve/main/vgg16_Opset17.onnx",
    ),
    WeightsFile(
        "vgg19",
        "vgg19_Opset17.onnx",
        "92fc0f419bf41c7dfb9b1ec6ea85d0e2d26fdf9c7036015d375c5a2cf0ea5030",
        574_677_994,
        4096,
        f"{_ZOO}vgg19_Opset17_torch_hub/resolve/main/vgg19_Opset17.onnx",
    ),
    WeightsFile(
        "resnet50",
        "resnet50_Opset17.onnx",
        "eb6eabe74f278fb55336e49e639b2367dda69f6f3b0d86dea7ffa9d55e6a0939",
        102_146_338,
        2048,
        f"{_ZOO}resnet50_Opset17_torch_hub/resolve/main/resnet50_Opset17.onnx",
    ),
    WeightsFile(
        "googlenet",
        "googlenet_Opset17.onnx",
        "a27dad530bdfda1febca9c6651fc25437e4ddbe509cc90a647eade928e901db9",
        26_503_581,
        1024,
        f"{_ZOO}googlenet_Opset17_torch_hub/resolve/main/googlenet_Opset17.onnx",
    ),
    WeightsFile(
        "inception_v3",
        "inception_v3_Opset17.onnx",
        "d714dcf66d2a2819681b7e1900deab67d5a4be0725014390bd044d1fea746b1c",
        95_317_116,
        2048,
        f"{_ZOO}inception_v3_Opset17_timm/resolve/main/inception_v3_Opset17.onnx",
        preprocessing=Preprocessing(size=299, mean=_HALF, std=_HALF),
    ),
    WeightsFile(
        "densenet121",
        "densenet121_Opset17.onnx",
        "9299d867cac3e0bf40803ac737e3fdaf3cb5976ee65c82961c211a3d8be3bbdd",
        32_308_799,
        1024,
        f"{_ZOO}densenet121_Opset17_torch_hub/resolve/main/densenet121_Opset17.onnx",
    ),
    WeightsFile(
        "squeezenet1_1",
        "squeezenet1.1-7.onnx",
        "1eeff551a67ae8d565ca33b572fc4b66e3ef357b0eb2863bb9ff47a918cc4088",
        4_956_208,
        512,
        f"{_LEGACY}squeezenet/model/squeezenet1.1-7.onnx",
    ),
    WeightsFile(
        "squeezenet1_1",
        "squeezenet1_1_fp32.onnx",
        "0c7b5a6109e491f0e8a6f4b35d9ea7b5b053bae7fa9a7045a920f7e57185e9a1",
        4_949_996,
        512,
    ),
    WeightsFile(
        "mobilenet_v2",
        "mobilenetv2-12.onnx",
        "c0c3f76d93fa3fd6580652a45618618a220fced18babf65774ed169de0432ad5",
        13_964_571,
        1280,
        f"{_LEGACY}mobilenet/model/mobilenetv2-12.onnx",
    ),
    WeightsFile(
        "mobilenet_v2",
        "mobilenet_v2_trunk_fp32.onnx",
        "77f3ee885cc04c6f631e47a4ae1c9caf49c4cb9c18a991b26cc7a5671d21dd20",
        8_840_252,
        1280,
    ),
    WeightsFile(
        "efficientnet_lite4",
        "efficientnet-lite4-11.onnx",
        "d111689907c06eea7c82e4833ddef758da6453b9d4cf60b7e99ca05c7cbd9c12",
        51_946_641,
        1280,
        f"{_LEGACY}efficientnet-lite4/model/efficientnet-lite4-11.onnx",
        preprocessing=Preprocessing(mean=(127.0, 127.0, 127.0), std=(128.0, 128.0, 128.0), scale=1.0),
    ),
    WeightsFile(
        "resnet18",
        "resnet18-v2-7.onnx",
        "3b4d048057854022232aa20bf68262e31718ab7119a17f920b8a2dc1433f824b",
        46_806_737,
        512,
        f"{_LEGACY}resnet/model/resnet18-v2-7.onnx",
    ),
    WeightsFile(
        "resnet50_v2_stage3",
        "resnet50_v2_to_stage3_fp16store.onnx",
        "f2836d8968c4f38ec5a2c6fb3cde9536b8cd00c3dba6bd081400e09c21b5580d",
        17_276_941,
        1024,
    ),
)
