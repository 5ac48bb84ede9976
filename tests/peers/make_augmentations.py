"""Asks other libraries what our augmentations make of an image and its mask, with the values that ours draw, and writes
tests/cases/peer_augmentations.json, which tests/native/data_peer_augmentations.cpp holds ours to. tests/peers/run calls
it.

Image and mask, of a size that the row names (`|` the absolute value):
    image(x, y) = 20 + 2 x + 8 |(x + 2 y) mod 40 - 20|      mask(x, y) = (x div 5 + 2 (y div 4)) mod 4

README.md says why it is this albumentations.
"""

from functools import partial

import albumentations.augmentations.functional as A
import cv2
import numpy
from skimage.transform import ProjectiveTransform, warp

from formula import version, write
from random_draws import Random

SEED = 7
PEER = "albumentations " + version("albumentations") + ", "
MIRROR = {"border_mode": cv2.BORDER_REFLECT_101, "value": None}
BLACK = {"border_mode": cv2.BORDER_CONSTANT, "value": 0}
VOID = {"border_mode": cv2.BORDER_CONSTANT, "value": 255}
NEAREST = cv2.INTER_NEAREST


def pair(width, height):
    y, x = numpy.mgrid[:height, :width]
    image = 20 + 2 * x + 8 * abs((x + 2 * y) % 40 - 20)
    mask = (x // 5 + 2 * (y // 4)) % 4
    return image.astype(numpy.uint8), mask.astype(numpy.uint8)


def row(peer, name, make, options=None, index=0, width=28, height=20, tolerance=1):
    """`make(image, mask, random)`: both as the peer has them, `random` at the augmentation's first draw."""
    random = Random(SEED, 0, index)
    random.uniform()  # whether it happens, at p = 1
    image, mask = make(*pair(width, height), random)
    letters = {0: "0", 1: "1", 2: "2", 3: "3", 255: "#"}
    return {"peer": peer, "augment": {"name": name, "p": 1, **(options or {})}, "index": index, "width": width,
            "height": height, "tolerance": tolerance, "image": [line.tobytes().hex() for line in image],
            "mask": ["".join(letters[int(v)] for v in line) for line in mask]}


def both(function):
    return lambda image, mask, random: (function(image), function(mask))


def moved(image, mask, *values):
    return (A.shift_scale_rotate(image, *values, cv2.INTER_CUBIC, **MIRROR),
            A.shift_scale_rotate(mask, *values, NEAREST, **MIRROR))


def shift_scale_rotate(shift=0.0625, scale=0.1, rotate=15):
    def make(image, mask, random):
        angle, factor = random.uniform(-rotate, rotate), random.uniform(1 - scale, 1 + scale)
        return moved(image, mask, angle, factor, random.uniform(-shift, shift), random.uniform(-shift, shift))

    return make


def zoom(factor):
    def make(image, mask, random):
        random.uniform(), random.uniform()  # the factor, of a range without width, and the aspect of 1
        dx, dy = (random.uniform(-0.5, 0.5) * (factor - 1) for _ in range(2))
        return moved(image, mask, 0, factor, dx, dy)

    return make


def quarter_turn(image, mask, random):
    turns = {0: 3, 1: 2, 2: 1}[random.integer(0, 2)]  # clockwise, half, anticlockwise
    return A.rot90(image, turns), A.rot90(mask, turns)


def rotate(degrees, outside=MIRROR, void=MIRROR):
    return lambda image, mask, random: (A.rotate(image, degrees, cv2.INTER_LINEAR, **outside),
                                        A.rotate(mask, degrees, NEAREST, **void))


def translate(image, mask, random):
    by = random.integer(2, 4) * 2
    height, width = image.shape
    dx, dy = ((by, 0), (-by, 0), (0, by), (0, -by))[random.integer(0, 3)]
    return (A.shift_scale_rotate(image, 0, 1, dx / width, dy / height, cv2.INTER_LINEAR, **BLACK),
            A.shift_scale_rotate(mask, 0, 1, dx / width, dy / height, NEAREST, **VOID))


def scaled(factor, interpolation):
    """The mask by pixel centres, as the image: INTER_NEAREST takes the pixels above and left of them."""
    nearest = cv2.INTER_NEAREST_EXACT
    return lambda image, mask, random: (A.scale(image, factor, interpolation), A.scale(mask, factor, nearest))


def crop(image, mask, random):
    height, width = image.shape
    left = random.integer(0, width - 16)
    top = random.integer(0, height - 12)
    return A.crop(image, left, top, left + 16, top + 12), A.crop(mask, left, top, left + 16, top + 12)


def perspective(image, mask, random):
    """scikit-image's order of points is ours; it interpolates by code of its own."""
    height, width = image.shape
    corners = numpy.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], float)
    inside = corners.copy()
    for corner in inside:
        x, y = (random.uniform(0.02, 0.2) * (length - 1) for length in (width, height))
        corner += [-x if corner[0] > 0 else x, -y if corner[1] > 0 else y]
    view = ProjectiveTransform.from_estimate(corners, inside)
    made = (warp(values, view, order=order, mode="reflect", preserve_range=True)
            for values, order in ((image, 1), (mask, 0)))
    return tuple(numpy.rint(values).astype(numpy.uint8) for values in made)


def brightness_contrast(image, mask, random):
    alpha, beta = 1 + random.uniform(-0.2, 0.2), random.uniform(-0.2, 0.2)
    return A.brightness_contrast_adjust(image, alpha, beta, beta_by_max=False), mask


def image_alone(function):
    return lambda image, mask, random: (function(image), mask)


def main():
    rows = [row(PEER + "hflip_cv2", "flipHorizontal", both(A.hflip_cv2), tolerance=0),
            row(PEER + "vflip", "flipVertical", both(A.vflip), tolerance=0)]

    def rows_of(peer, name, make, options=None, indices=(0,), **more):
        rows.extend(row(peer, name, make, options, index, **more) for index in indices)

    # Indices of which all three turns and all four directions come.
    rows_of(PEER + "rot90", "rotate90", quarter_turn, None, range(5), width=20, tolerance=0)
    rows_of(PEER + "shift_scale_rotate", "translate", translate, {"distance": [4, 8]}, range(6), tolerance=0)
    moving = PEER + "shift_scale_rotate"
    rows_of(moving, "shiftScaleRotate", shift_scale_rotate(), None, range(4))
    far = {"shift": 0.3, "scale": 0.4, "rotate": 180}
    rows_of(moving, "shiftScaleRotate", shift_scale_rotate(**far), far, range(3))
    for factor in 0.75, 1.5:
        rows_of(moving, "zoom", zoom(factor), {"factor": [factor, factor]})
    rows_of(PEER + "rotate", "rotate", rotate(30), {"degrees": [30, 30]})
    rows_of(PEER + "rotate", "rotate", rotate(-17, BLACK, VOID), {"degrees": [-17, -17], "border": "black"})
    rows_of(PEER + "scale", "randomScale", scaled(2, cv2.INTER_LINEAR), {"factor": [2, 2]})
    rows_of(PEER + "scale", "randomScale", scaled(0.5, cv2.INTER_AREA), {"factor": [0.5, 0.5]})
    rows_of(PEER + "crop", "crop", crop, {"width": 16, "height": 12}, range(2), tolerance=0)
    rows_of(f"scikit-image {version('scikit-image')}, warp(ProjectiveTransform)", "perspective", perspective,
            {"shift": [0.02, 0.2]}, range(3))
    # albumentations cuts off where ours rounds.
    rows_of(PEER + "brightness_contrast_adjust", "brightnessContrast", brightness_contrast, None, range(3))
    for exponent in 0.7, 1.6:
        rows_of(PEER + "gamma_transform", "gamma", image_alone(partial(A.gamma_transform, gamma=exponent)),
                {"exponent": [exponent, exponent]})
    for kernel in 3, 7:
        rows_of(PEER + "gaussian_blur", "gaussianBlur", image_alone(partial(A.gaussian_blur, ksize=kernel)),
                {"kernel": [kernel, kernel]})
    write("peer_augmentations.json", rows, seed=SEED)


main()
