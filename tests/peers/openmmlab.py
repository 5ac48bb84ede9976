"""Networks of mmsegmentation, each as a file of its own configuration describes it."""

import pathlib
import sys
from unittest import mock

sys.modules["mmcv.ops"] = mock.MagicMock()  # mmcv-lite has none, and no network here asks for them

import mmseg
import torch
from mmengine.config import Config
from mmseg.registry import MODELS
from mmseg.utils import register_all_modules

CONFIGS = pathlib.Path(mmseg.__file__).parent / ".mim/configs"


def changed(config, **values):
    """Everywhere in a configuration the values of these keys."""
    if isinstance(config, dict):
        for key in config:
            config[key] = values.get(key, changed(config[key], **values))
    elif isinstance(config, (list, tuple)):
        config = type(config)(changed(each, **values) for each in config)
    return config


def built(name, **backbone):
    """Of 21 classes, without weights; norms are those of one device."""
    register_all_modules(init_default_scope=True)
    config = Config.fromfile(CONFIGS / f"{name}.py").model
    config = changed(config, pretrained=None, init_cfg=None, norm_cfg={"type": "BN"}, num_classes=21)
    config.backbone.update(backbone)
    return MODELS.build(config)


def called(model, *parts):
    """Names of the layers with parameters of these parts, in the order in which training calls them."""
    found = []
    for name, layer in model.named_modules():
        if next(layer.parameters(recurse=False), None) is not None:
            layer.register_forward_hook(lambda *_, name=name: found.append(name))
    model.train()
    features = model.backbone(torch.zeros(2, 3, 128, 128))
    for part in parts:
        getattr(model, part)(features)
    return found
