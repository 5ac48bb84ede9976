// Signate's AI Edge contest, entry 22 of 402 ("crop_stride"): n grids of tiles, each shifted by an
// n-th of a tile down and to the right of the one before; the most votes of a pixel decide.
#include "native/infer/cut.h"
#include "native/infer/modes.h"
#include "native/infer/modes/parts.h"

namespace limbus {
namespace {

struct VoteOptions {
  int width = 0, height = 0;
  int shifts = 5;
  PadFill fill = PadFill::replicate;

  void describe(OptionVisitor& v) {
    v.whole("width", width, kPartSides, required({"of a tile", "px"}));
    v.whole("height", height, kPartSides, required({"of a tile", "px"}));
    v.whole("shifts", shifts, {1, 64}, "grids, each an equal part of a tile further on");
    v.choice("fill", fill, fillNames(), "what tiles hold beyond the image");
  }
};

class Vote : public Predictor {
 public:
  Vote(SharedPredictor inner, VoteOptions options) : inner_(std::move(inner)), options_(options) {}

  // Shares of votes. Ties go to the lower class.
  Result<Field> predict(ImageView image) const override {
    Planes votes{0, image.width, image.height};
    for (int i = 0; i < options_.shifts; ++i) {
      for (int top = first(i, options_.height); top < image.height; top += options_.height) {
        for (int left = first(i, options_.width); left < image.width; left += options_.width) {
          const Window window{left, top, options_.width, options_.height};
          const Image tile = cut(image, window, options_.fill);
          const Result<Field> field = inner_->predict(tile.view());
          if (!field) return fail(field.error());
          const Result<Mask> mask = maskOf(*field);
          if (!mask) return fail(mask.error());
          count(*mask, static_cast<int>(field->logits.shape[0]), window, votes);
        }
      }
    }
    return fieldOf(std::move(votes), Averaged::probabilities);
  }

 private:
  // Where the first tile of a grid begins that reaches into the image.
  int first(int shift, int side) const {
    const int offset = static_cast<int>(static_cast<std::int64_t>(shift) * side / options_.shifts);
    return offset == 0 ? 0 : offset - side;
  }

  void count(const Mask& mask, int classes, const Window& at, Planes& votes) const {
    votes.classes = classes;
    votes.values.resize(votes.pixels() * static_cast<std::size_t>(classes), 0.0F);
    const float share = 1.0F / static_cast<float>(options_.shifts);
    for (int y = std::max(0, -at.top); y < std::min(at.height, votes.height - at.top); ++y) {
      for (int x = std::max(0, -at.left); x < std::min(at.width, votes.width - at.left); ++x) {
        const std::size_t pixel = static_cast<std::size_t>(at.top + y) * votes.width + at.left + x;
        votes.values[mask.row(y)[x] * votes.pixels() + pixel] += share;
      }
    }
  }

  SharedPredictor inner_;
  VoteOptions options_;
};

SharedPredictor wrapVote(SharedPredictor inner, Averaged, const VoteOptions& options) {
  return std::make_shared<Vote>(std::move(inner), options);
}

}  // namespace

ModeRow voteRow() {
  return {"vote", "tiles of several shifted grids, the most frequent class of each pixel",
          VoteOptions{}, typed<wrapVote>};
}

}  // namespace limbus
