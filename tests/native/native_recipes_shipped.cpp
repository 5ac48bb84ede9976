// The recipes that are shipped: each says what it is, and trains on its data set's own layout.
#include <torch/torch.h>

#include <cmath>
#include <map>
#include <set>

#include "native/data/class_shares.h"
#include "native/data/files/image_files.h"
#include "native/data/loader.h"
#include "native/system/files.h"
#include "native/train/batches/batch_source.h"
#include "native/train/executor/executor.h"
#include "native/train/parameter_groups.h"
#include "native/train/recipe/recipe.h"
#include "native/train/step.h"
#include "native_catch.h"
#include "scratch_folder.h"
#include "shared/graph/graph.h"
#include "shared/vision/preprocess.h"

using namespace limbus;
namespace fs = std::filesystem;

namespace {

constexpr int kSide = 64;  // px, of the images on disk and of the network's input

const fs::path kRecipes = fs::path(LIMBUS_CASES) / "../../models/recipes";

std::vector<fs::path> shipped() {
  std::vector<fs::path> files;
  const std::vector<fs::path> all = listFiles(kRecipes, {".json"}).value();
  for (const fs::path& file : all) {
    if (file.filename() != "recipe.schema.json") files.push_back(file);
  }
  return files;
}

void writeText(const fs::path& file, const std::string& text) {
  REQUIRE(makeFolder(file.parent_path()));
  REQUIRE(writeBytes(file, text, false));
}

void writeImage(const fs::path& file, const Image& image) {
  REQUIRE(makeFolder(file.parent_path()));
  REQUIRE(writePng(file, image.view(), false));
}

// Four stripes of labels, and an image that shows them.
Mask stripes() {
  Mask mask(kSide, kSide, 1);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      mask.row(y)[x] = static_cast<std::uint8_t>(4 * x / kSide);
    }
  }
  return mask;
}

Image shown(const Mask& mask, int channels) {
  Image image(kSide, kSide, channels);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    image.pixels[i] =
        static_cast<std::uint8_t>(60 * mask.pixels[i / static_cast<std::size_t>(channels)] + i % 7);
  }
  return image;
}

Image coloured(const Mask& mask, const std::vector<ClassSpec>& classes) {
  Image image(kSide, kSide, 3);
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
    const auto& colour = classes[mask.pixels[i]].colour;
    std::copy(colour.begin(), colour.end(), &image.pixels[3 * i]);
  }
  return image;
}

// Some images of each split, as the data set lays them out.
void writeTree(const Recipe& recipe, const fs::path& root) {
  const std::string dataset = recipe.data.name();
  const Mask mask = stripes();
  const auto image = [&](const fs::path& file, int channels) {
    writeImage(file, shown(mask, channels));
  };
  const int undivided = dataset == "folder" ? 4 : 2;
  const int count = std::max(undivided, (recipe.split.folds + 1) / 2);
  for (const std::string split : {"train", "validation"}) {
    for (int i = 0; i < count; ++i) {
      const std::string id = split + std::to_string(i);
      if (dataset == "openeds2019") {
        image(root / split / "images" / (id + ".png"), 1);
        fs::create_directories(root / split / "labels");
        REQUIRE(writeNpyMask(root / split / "labels" / (id + ".npy"), mask.view(), false));
      } else if (dataset == "openeds2020") {
        const fs::path sequence = root / ("S_" + std::to_string(split == "train" ? i : i + count));
        image(sequence / "0.png", 1);
        REQUIRE(writeNpyMask(sequence / "label_0.npy", mask.view(), false));
      } else if (dataset == "signate") {
        image(root / "seg_train_images" / (id + ".png"), 3);
        writeImage(root / "seg_train_annotations" / (id + ".png"), coloured(mask, recipe.classes));
        writeText(root / "seg_train_annotations" / (id + ".json"),
                  R"({"attributes": {"route": "Tokyo1", "timeofday": "day"}, "frameIndex": 1})");
      } else if (dataset == "voc") {
        image(root / "JPEGImages" / (id + ".jpg"), 3);  // told by content
        writeImage(root / "SegmentationClass" / (id + ".png"), coloured(mask, recipe.classes));
      } else if (dataset == "camvid") {
        const std::string folder = split == "train" ? "train" : "val";
        image(root / folder / (id + ".png"), 3);
        writeImage(root / (folder + "annot") / (id + ".png"), mask);
      } else if (dataset == "folder") {  // undivided
        image(root / "images" / (id + ".png"), 3);
        Mask two = mask;
        for (std::uint8_t& label : two.pixels) label = label > 1 ? 1 : 0;
        writeImage(root / "masks" / (id + ".png"), two);
      }
    }
    if (dataset != "voc") continue;
    const std::string list = split == "train" ? "train" : "val";
    for (const std::string& name : {list, list + "_aug"}) {
      writeText(root / "ImageSets/Segmentation" / (name + ".txt"), split + "0\n" + split + "1\n");
    }
  }
}

// What makes a recipe small enough for a test without changing what it is made of.
std::vector<std::string> small(const Recipe& recipe) {
  std::vector<std::string> overrides = {"input.width=64", "input.height=64", "batch=2",
                                        "workers=1"};
  const std::string net = recipe.net.name();
  if (recipe.data.name() == std::string("rendered")) {
    overrides.insert(overrides.end(),
                     {"data.count=8", "data.validationCount=2", "data.width=64", "data.height=64"});
  }
  if (recipe.data.name() == std::string("voc")) {
    overrides.insert(overrides.end(), {"augment.randomScale.longSide=64", "augment.crop.width=64",
                                       "augment.crop.height=64"});
  }
  if (net == "smp-unet") overrides.emplace_back("net.encoder=efficientnet-b0");
  if (net == "upernet" || net == "pspnet") overrides.emplace_back("net.encoder=resnet18");
  return overrides;
}

// The losses of the first steps.
std::vector<double> trainedFor(int steps, const Recipe& recipe, const fs::path& root) {
  const auto dataset = openDivided(
      recipe.data, {.root = root, .split = "train", .classes = recipe.classes, .divide = true},
      recipe.split);
  INFO((dataset ? std::string() : dataset.error().message));
  REQUIRE(dataset);
  const Graph graph = buildNet(recipe.net, recipe.ports()).value();
  Executor net(graph, recipe.seed);
  Loss loss{
      .sum = recipe.loss, .auxiliaryWeight = recipe.auxiliaryWeight, .borders = recipe.borders};
  if (loss.needsShares()) {
    const auto shares = classShares(**dataset, static_cast<int>(recipe.classes.size()), 1);
    REQUIRE(shares);
    loss.shares = torch::stack({torch::tensor(shares->all), torch::tensor(shares->held)});
  }
  Optimizer optimizer(recipe.optimizer, net.learned(),
                      groupsOf(graph, {.rates = recipe.partRates, .decayAll = recipe.decayAll}),
                      recipe.lookahead);
  Step step(net, loss, optimizer, {.clip = recipe.clipGradient});
  LoaderSource batches(**dataset, recipe.input, recipe.augmentations,
                       {.batch = recipe.batch,
                        .workers = recipe.workers,
                        .seed = recipe.seed,
                        .shuffle = true,
                        .maps = loss.needs(),
                        .classes = static_cast<int>(recipe.classes.size())},
                       torch::kCPU);
  net.train();
  std::vector<double> values;
  for (std::uint32_t epoch = 0; static_cast<int>(values.size()) < steps; ++epoch) {
    batches.start(epoch, 0);
    while (static_cast<int>(values.size()) < steps) {
      const auto batch = batches.next();
      INFO((batch ? std::string() : batch.error().message));
      REQUIRE(batch);
      if (!*batch) break;
      const Moment now{.step = static_cast<std::int64_t>(values.size()), .totalSteps = 1000};
      const Rates rates = ratesAt(recipe.schedule, now, recipe.warmup);
      values.push_back(step(**batch, rates).item<double>());
    }
  }
  return values;
}

}  // namespace

TEST_CASE("recipes: each that is shipped says what it is and is complete") {
  std::set<std::string> data;
  for (const fs::path& file : shipped()) {
    INFO(file.filename());
    const Result<Recipe> recipe = readRecipe(file, {});
    INFO((recipe ? std::string() : recipe.error().message));
    REQUIRE(recipe);
    if (file.filename() != "demo.json") CHECK(recipe->name == file.stem().string());
    CHECK(recipe->description.size() > 20);
    CHECK_FALSE(recipe->licence.empty());
    CHECK_FALSE(recipe->trainingData.empty());
    CHECK(parseRecipe(completeJson(*recipe), {}));
    data.insert(recipe->data.name());
  }
  for (const char* dataset : {"openeds2019", "openeds2020", "signate", "voc", "camvid", "folder"}) {
    CHECK(data.count(dataset) == 1);
  }
}

TEST_CASE("recipes: each that is shipped trains on the layout of its data set") {
  for (const fs::path& file : shipped()) {
    INFO(file.filename());
    const Result<Recipe> whole = readRecipe(file, {});
    REQUIRE(whole);
    const Result<Recipe> recipe = readRecipe(file, small(*whole));
    INFO((recipe ? std::string() : recipe.error().message));
    REQUIRE(recipe);
    const ScratchFolder scratch;
    writeTree(*recipe, scratch.path());
    const bool rendered = recipe->data.name() == std::string("rendered");
    for (const double loss : trainedFor(2, *recipe, rendered ? fs::path() : scratch.path())) {
      CHECK(std::isfinite(loss));
      CHECK(loss > 0);
    }
  }
}

// Learned parameters at 21 classes, of the authors' own networks; of GCN without the 756 of norms
// that nothing passes through.
TEST_CASE("recipes: those of the toolbox are its authors' networks, and see what theirs do") {
  const std::map<std::string, std::int64_t> parameters = {
      {"deeplabv3plus", 54705317}, {"duc-hdc", 69185509}, {"enet", 358632},
      {"fcn8s", 134362751},        {"gcn", 25393538},     {"pspnet", 51446762},
      {"segnet", 29492181},        {"unet", 31044821},    {"upernet", 126116693}};
  for (const auto& [net, count] : parameters) {
    CAPTURE(net);
    const Recipe recipe = readRecipe(kRecipes / ("toolbox-" + net + ".json"), {}).value();
    CHECK(countParameters(buildNet(recipe.net, recipe.ports()).value()) == count);
    CHECK(recipe.validationCrop == 480);
    // What a view or a mode enlarges stays so.
    CHECK(placeImage(1000, 751, recipe.input).value().inputWidth == 1000);
    CHECK(placeImage(1000, 751, recipe.input).value().inputHeight == 751);
  }
}
