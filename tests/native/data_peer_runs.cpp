// Compressed runs as pycocotools writes them, against the masks that it was given.
//
// tests/peers/make_runs.py kept its answers in tests/cases/peer_runs.json; the masks come from a
// formula on both sides.
#include <algorithm>

#include "formula.h"
#include "native/data/sets/shapes.h"
#include "result_text.h"
#include "tests/native/core_cases.h"

using namespace limbus;

TEST_CASE("peer runs: masks come out of pycocotools' runs as they went in") {
  const Json rows = cases::read("peer_runs.json").at("rows");
  REQUIRE(rows.size() > 5);
  for (const Json& row : rows) {
    const int height = row.at("height"), width = row.at("width"), block = row.at("block");
    INFO(width << "x" << height << " in blocks of " << block);
    const int classes = row.at("classes"), columns = (width + block - 1) / block;
    Mask mask(width, height, 1);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const auto index = static_cast<std::uint64_t>(y / block * columns + x / block);
        const int label = formula::label("runs." + std::to_string(classes), index, classes);
        mask.row(y)[x] = label > 0 ? 1 : 0;
      }
    }
    const Result<std::vector<std::uint32_t>> runs = runsOfText(row.at("counts"));
    REQUIRE(runs);
    const Shape shape{.label = 1, .runs = *runs, .runsSize = {width, height}};
    CHECK(shapeProblem(shape, {width, height}).empty());
    const Mask drawn = drawShapes({shape}, {width, height}, 0);
    CHECK(drawn.pixels == mask.pixels);
    CHECK(std::count(drawn.pixels.begin(), drawn.pixels.end(), 1) == row.at("area").get<int>());
  }
}
