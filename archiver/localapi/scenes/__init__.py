"""The scenes of the sample's photos: what plumbers, roofers, electricians and surveyors look at.

Each scene is a function that draws on a `Canvas` of 1280 x 960 pixels, or of 960 x 1280 for
upright subjects, and may return a `Slot`: the place where a photo shows its own reading (a
pressure, a voltage, a serial number). `SCENES` is the catalogue. Nothing here knows of files,
EXIF or jobs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from archiver.localapi.brushes import Canvas
from archiver.localapi.scenes import drains, electrical, heating, plumbing, roofs, surveying
from archiver.localapi.scenes.readings import Slot

__all__ = ["SCENES", "Scene", "Slot"]


@dataclass(frozen=True, slots=True)
class Scene:
    """One subject: how to draw it, its shape, and what its reading may say."""

    draw: Callable[[Canvas], Slot | None]
    upright: bool = False
    mirrored: bool = False
    """Whether it may be shown mirrored: only where there is nothing to read."""
    readings: tuple[str, ...] = ()


SCENES: Final[dict[str, Scene]] = {
    "boiler": Scene(
        heating.boiler, upright=True, readings=("1.4", "0.4", "1.2", "F22", "58°", "E133")
    ),
    "plate": Scene(
        heating.data_plate,
        readings=(
            "Serial 24C-0917-44821",
            "Serial 24C-2118-00394",
            "Serial 24C-1503-71160",
            "Serial 24C-2204-19077",
        ),
    ),
    "gauge": Scene(heating.gauge, readings=("1.4 bar", "0.4 bar", "1.5 bar", "2.8 bar", "1.2 bar")),
    "stat": Scene(heating.thermostat, readings=("20.5", "18.0", "21.0", "16.5", "19.5")),
    "flue": Scene(heating.flue, mirrored=True),
    "radiator": Scene(heating.radiator),
    "cylinder": Scene(heating.cylinder, upright=True),
    "manifold": Scene(
        heating.underfloor_manifold,
        readings=(
            "L1 1.8 l/min  L2 2.1  L3 1.6",
            "balanced, 2.0 l/min",
            "L4 stuck",
            "flow 40°  return 33°",
        ),
    ),
    "pipes": Scene(plumbing.pipes, mirrored=True),
    "leak": Scene(plumbing.leak, mirrored=True),
    "trap": Scene(plumbing.sink_trap, upright=True, mirrored=True),
    "shower": Scene(plumbing.shower, upright=True, mirrored=True),
    "floor": Scene(plumbing.floor_void, mirrored=True),
    "parts": Scene(plumbing.parts_on_floor, mirrored=True),
    "watermeter": Scene(plumbing.stopcock_pit, readings=("00418 m3", "01276 m3", "00093 m3")),
    "board": Scene(electrical.consumer_unit, readings=("12 ways, 4 spare", "labels to redo")),
    "socket": Scene(
        electrical.socket_test, readings=("Zs 0.52", "Zs 0.38", "Zs 1.12", "RCD 22", "Zs 0.61")
    ),
    "meter": Scene(
        electrical.multimeter,
        upright=True,
        readings=(
            "238.4 V",
            "0.42 ohm",
            "> 999 Mohm",
            "0.00 V",
            "231.7 V",
            "1.08 ohm",
        ),
    ),
    "cupboard": Scene(electrical.meter_cupboard, readings=("048213", "117604", "009931", "062875")),
    "light": Scene(electrical.ceiling_light, mirrored=True),
    "charger": Scene(
        electrical.ev_charger, upright=True, readings=("7.2 kW", "ready", "32 A", "error 04")
    ),
    "slates": Scene(roofs.slates, mirrored=True),
    "slatesnew": Scene(roofs.slates_sound, mirrored=True),
    "ridge": Scene(roofs.ridge, mirrored=True),
    "ridgenew": Scene(roofs.ridge_sound, mirrored=True),
    "gutter": Scene(roofs.gutter, mirrored=True),
    "chimney": Scene(roofs.chimney, upright=True, mirrored=True),
    "flatroof": Scene(roofs.flat_roof, mirrored=True),
    "solar": Scene(roofs.solar, mirrored=True),
    "damp": Scene(surveying.damp, readings=("22.4 %", "18.1 %", "28.7 %", "12.0 %", "31.5 %")),
    "crack": Scene(
        surveying.crack, readings=("A1  2.5 mm", "A2  1.0 mm", "B1  4.0 mm", "B2  0.6 mm")
    ),
    "window": Scene(surveying.window, mirrored=True),
    "sketch": Scene(
        surveying.sketch,
        readings=(
            "Ground floor, not to scale",
            "First floor, not to scale",
            "Rear extension",
        ),
    ),
    "loft": Scene(surveying.loft, mirrored=True),
    "house": Scene(surveying.house, mirrored=True),
    "van": Scene(surveying.van, readings=("RD24 WYK", "RD22 GEW", "RD71 HTG")),
    "manhole": Scene(drains.manhole, mirrored=True),
    "camera": Scene(
        drains.drain_camera, readings=("004.2 m", "011.7 m", "018.3 m", "000.9 m", "007.5 m")
    ),
    "downpipe": Scene(drains.downpipe, upright=True, mirrored=True),
}
