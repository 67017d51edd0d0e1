"""``python -m tests.operating.playing SCENE``: play one scene inside the hub that the environment names; its answer as JSON."""

import json
import sys
from importlib import import_module

import django

if __name__ == "__main__":
    django.setup()
    scenes = import_module("tests.operating.scenes").SCENES
    sys.stdout.write(json.dumps(scenes[sys.argv[1]]()) + "\n")
