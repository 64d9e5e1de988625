"""The command that answers: predict. It imports as little as it can, since a small device waits for it."""

from __future__ import annotations

import argparse

from edgekit.cli.commands.placement import placements_of
from edgekit.cli.json_output import print_json
from edgekit.cli.output.predictions import prediction as print_prediction
from edgekit.errors import EdgekitError


def predict(options: argparse.Namespace) -> int:
    """Answer raw inputs."""
    from edgekit.inference.prediction import predict as predictions_of  # heavy

    placements = placements_of(options)
    if len(placements) > 1:
        raise EdgekitError("predict runs on one device: give --device once")
    if options.top < 1:
        raise EdgekitError("--top is at least 1")
    model, pixels = options.artifact, None
    if any((options.labels, options.size, options.signature, options.trust, options.imports, options.root)):
        from edgekit.cli.commands.models import statements  # heavy
        from edgekit.inference.contenders import as_candidate  # heavy

        model = as_candidate(options.artifact, statements(options))
    elif options.range is not None:
        from edgekit.cli.commands.models import pixel_range  # heavy

        pixels = pixel_range(options)
    predictions = []
    for prediction in predictions_of(model, *options.inputs, top=options.top, placement=placements[0], pixels=pixels):
        predictions.append(prediction)
        if not options.json:
            print_prediction(prediction)
    if options.json:
        print_json({"predictions": predictions})
    return EdgekitError.exit_code if any("error" in prediction for prediction in predictions) else 0
