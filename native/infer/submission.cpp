// The table of submissions: one file and one row each.
#include "native/infer/submission.h"

#include "native/infer/choice_text.h"

namespace limbus {

// Of the files of submissions/.
SubmissionRow openEds2019Submission();
SubmissionRow openEds2020Submission();
SubmissionRow signateSubmission();
SubmissionRow palettePngSubmission();
SubmissionRow gaofenSubmission();

const std::vector<SubmissionRow>& submissions() {
  static const std::vector<SubmissionRow> rows = {openEds2019Submission(), openEds2020Submission(),
                                                  signateSubmission(), palettePngSubmission(),
                                                  gaofenSubmission()};
  return rows;
}

Result<Chosen<SubmissionRow>> parseSubmission(const std::string& text) {
  return parseChoice(submissions(), "submission", "--submission", text);
}

}  // namespace limbus
