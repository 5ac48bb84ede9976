// The rows of submission.cpp.
#pragma once

#include "native/infer/submission.h"

namespace limbus {

SubmissionRow openEds2019Submission();
SubmissionRow openEds2020Submission();
SubmissionRow signateSubmission();
SubmissionRow palettePngSubmission();
SubmissionRow gaofenSubmission();

}  // namespace limbus
