// Batches with unlabelled images beside them.
#pragma once

#include <memory>

#include "native/train/batches/batch_source.h"

namespace limbus {

// `labelled` decides how many batches an epoch has; each gets the next of `seen` as unlabelled and
// of `plain` as unlabelledPlain, the same images otherwise augmented, which begin anew when they
// are through. Which ones those are depends on the epoch and the batch's number alone.
std::unique_ptr<BatchSource> withUnlabelled(std::unique_ptr<BatchSource> labelled,
                                            std::unique_ptr<BatchSource> seen,
                                            std::unique_ptr<BatchSource> plain);

}  // namespace limbus
