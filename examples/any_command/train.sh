#!/bin/sh
# Fit stopping distance to speed by gradient descent and print the cross-validated error: no Python anywhere.
# Usage: train.sh LEARNING_RATE DECAY STEPS; the data channel "train" is the folder $SM_CHANNEL_TRAIN.

set -eu

awk -F, -v rate="$1" -v decay="$2" -v steps="$3" -v folds=5 -v model="$SM_MODEL_DIR/weights.txt" '
# distance = w[0] + w[1] speed + w[2] speed^2, in units that keep all of them near one
function predict(i) { return w[0] + w[1] * speed[i] + w[2] * speed[i] ^ 2 }

# Fit w on the rows outside a fold (no row is inside fold -1), shrinking the slopes by the decay.
function fit(fold,    step, i, n, error, g0, g1, g2) {
    w[0] = w[1] = w[2] = 0
    for (step = 1; step <= steps; step++) {
        n = g0 = g1 = g2 = 0
        for (i = 0; i < rows; i++) if (i % folds != fold) {
            error = predict(i) - distance[i]
            g0 += error; g1 += error * speed[i]; g2 += error * speed[i] ^ 2; n++
        }
        w[0] -= rate * g0 / n
        w[1] -= rate * (g1 / n + decay * w[1])
        w[2] -= rate * (g2 / n + decay * w[2])
    }
}

NR > 1 { speed[rows + 0] = ($1 - 15) / 10; distance[rows++ + 0] = $2 / 50 }

END {
    for (fold = 0; fold < folds; fold++) {
        fit(fold)
        for (i = 0; i < rows; i++) if (i % folds == fold) sum += ((predict(i) - distance[i]) * 50) ^ 2
    }
    printf "rmse: %.4f ft\n", sqrt(sum / rows)
    fit(-1)
    printf "%.6f %.6f %.6f\n", w[0], w[1], w[2] > model
}' "$SM_CHANNEL_TRAIN/cars.csv"
