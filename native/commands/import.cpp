// limbus import: weights that others trained, as a checkpoint of limbus.
#include <iostream>
#include <memory>

#include "native/commands/commands.h"
#include "native/system/files.h"
#include "native/system/text.h"
#include "native/train/files/checkpoint.h"
#include "native/train/files/model_file.h"
#include "native/train/recipe/recipe.h"
#include "native/train/train.h"
#include "native/weights/weight_fit.h"
#include "shared/json_reader.h"
#include "shared/options/assignment.h"

namespace limbus {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kListedWeights = 5;  // weights in a line

struct ImportArguments {
  fs::path weights, recipe, out;
  std::string net;
  std::vector<std::string> overrides;
  bool partial = false, force = false, json = false;
};

bool assigns(const std::vector<std::string>& overrides, const std::string& key) {
  for (const std::string& each : overrides) {
    if (each.rfind(key + "=", 0) == 0 || each.rfind(key + ".", 0) == 0) return true;
  }
  return false;
}

// That nobody says what goes in and comes out.
bool isStartOnly(const ImportArguments& arguments) {
  return arguments.recipe.empty() &&
         !(assigns(arguments.overrides, "input") && assigns(arguments.overrides, "classes"));
}

// What a recipe must say, of a net and nothing else. What a class means no weight file says.
Json bareRecipe(const ImportArguments& arguments, const NetRow& net, int classes) {
  Json names = Json::array();
  for (int i = 0; i < classes; ++i) names.push_back({{"name", "class " + std::to_string(i)}});
  return {{"name", arguments.out.stem().string()},
          {"net", arguments.net},
          {"input",
           {{"width", 640},
            {"height", 480},
            {"colour", net.usualChannels == 1 ? "grey" : "rgb"},
            {"pad", {{"to", "multiple"}, {"multiple", net.sizeMultiple}}}}},
          {"classes", names},
          {"data", {{"dataset", "folder"}}},
          {"epochs", 1}};
}

Result<Recipe> recipeOf(const ImportArguments& arguments, const WeightFile& file) {
  if (!arguments.recipe.empty()) return readRecipe(arguments.recipe, arguments.overrides);
  const NetRow* net = findRow(nets(), arguments.net);
  if (net == nullptr) {
    return fail(ErrorCode::badArgument, unknownName("net", arguments.net, namesOf(nets())));
  }
  constexpr int kAny = 2;
  Result<Recipe> recipe =
      parseRecipe(bareRecipe(arguments, *net, kAny).dump(), arguments.overrides);
  if (!recipe || assigns(arguments.overrides, "classes")) return recipe;
  const Result<int> classes = classesOf(file, recipe->net, recipe->input.channels());
  if (!classes) return fail(classes.error());
  if (*classes == 0 && arguments.partial) {
    return fail(ErrorCode::badArgument,
                arguments.weights.string() +
                    ": does not tell how many classes there are; say --set "
                    "classes='[{\"name\":\"rest\"},{\"name\":\"eye\"}]', or use --recipe");
  }
  return parseRecipe(bareRecipe(arguments, *net, *classes == 0 ? kAny : *classes).dump(),
                     arguments.overrides);
}

// Everything at once, in one line.
Result<void> checkFit(const ImportArguments& arguments, const Recipe& recipe,
                      const WeightFit& fit) {
  const std::size_t fitting = fit.weights.size();
  const std::size_t all = fit.wanted();
  if (fit.weights.empty() || (fitting < all && !arguments.partial)) {
    std::string text = arguments.weights.string() + ": " + std::to_string(fitting) + " of " +
                       std::to_string(all) + " parameters of " + recipe.net.row->name +
                       " are in it";
    const auto tell = [&](const char* what, const std::vector<std::string>& names) {
      if (!names.empty())
        text += std::string("; ") + what + ": " + joinFirst(names, kListedWeights);
    };
    tell("missing", fit.missing);
    tell("of another shape", fit.misshapen);
    tell("unexpected", fit.unexpected);
    text += fit.weights.empty() ? "; a network that `limbus list nets` lacks predicts here, too: "
                                  "exported to ONNX, `limbus manifest` tells what it means"
                                : "; --partial lets the others start anew";
    return fail(ErrorCode::badData, text);
  }
  return {};
}

void report(const ImportArguments& arguments, const WeightFile& file, const Recipe& recipe,
            const WeightFit& fit) {
  if (arguments.json) {
    std::cout << dumpJson({{"file", arguments.out.string()},
                           {"format", file.format},
                           {"net", recipe.net.row->name},
                           {"classes", recipe.classes.size()},
                           {"loaded", fit.weights.size()},
                           {"missing", fit.missing},
                           {"misshapen", fit.misshapen},
                           {"unexpected", fit.unexpected},
                           {"adapted", fit.adapted}})
              << "\n";
    return;
  }
  const std::size_t fitting = fit.weights.size(), all = fit.wanted();
  std::cout << "wrote " << arguments.out.string() << ": " << fitting
            << (fitting < all ? " of " + std::to_string(all) : "") << " tensors of " << file.format
            << " for " << recipe.net.row->name << ", " << recipe.classes.size() << " classes"
            << (fit.group.empty() ? "" : ", from '" + fit.group + "'") << "\n";
  const auto tell = [](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) std::cout << what << joinFirst(names, kListedWeights) << "\n";
  };
  if (isStartOnly(arguments)) {
    std::cout
        << "to start from (--init): --net alone says nothing of pixels and classes; to predict, "
           "evaluate or export them, say --recipe\n";
  }
  tell("adapted: ", fit.adapted);
  tell("not in the file, start anew: ", fit.missing);
  tell("of another shape, start anew: ", fit.misshapen);
  tell("in the file, not used: ", fit.unexpected);
  std::vector<std::string> others;  // an average beside the weights, above all
  for (const WeightGroup& group : file.groups) {
    const bool whole = group.tensors.size() >= fit.weights.size();
    if (whole && group.path != fit.group) others.push_back("'" + group.path + "'");
  }
  if (!fit.group.empty()) tell("as large, not used: ", others);
}

Result<void> importWeights(const ImportArguments& arguments) {
  if (arguments.net.empty() == arguments.recipe.empty()) {
    return fail(ErrorCode::badArgument,
                "say what the weights are of: either --net NAME or --recipe FILE");
  }
  if (arguments.out.extension() != ".safetensors") {
    return fail(ErrorCode::badArgument, "--out: expected a name that ends in .safetensors, got '" +
                                            arguments.out.string() + "'");
  }
  if (Result<void> free = checkOutput(arguments.out, arguments.force); !free) return free;
  const Result<fs::path> named = modelFile(arguments.weights, ModelUse::train);
  if (!named) return fail(named.error());
  const Result<WeightFile> file = readWeightFile(*named);
  if (!file) return fail(file.error());
  const Result<Recipe> recipe = recipeOf(arguments, *file);
  if (!recipe) return fail(recipe.error());
  const Result<Graph> graph = buildNet(recipe->net, recipe->ports());
  if (!graph) return fail(graph.error());
  Result<WeightFit> fit = fitWeights(*file, *graph);
  if (!fit) {
    return fail(fit.error().code, arguments.weights.string() + ": " + fit.error().message);
  }
  if (Result<void> fits = checkFit(arguments, *recipe, *fit); !fits) return fits;
  SavedRun saved;
  saved.recipeJson = recipe->json;
  saved.weights = fit->weights;
  saved.startOnly = isStartOnly(arguments);
  if (Result<void> written = writeSavedRun(arguments.out, saved); !written) return written;
  report(arguments, *file, *recipe, *fit);
  return {};
}

}  // namespace

Action configureImport(CLI::App& command) {
  auto arguments = std::make_shared<ImportArguments>();
  command
      .add_option(
          "WEIGHTS", arguments->weights,
          "PyTorch's .pth or .pt (tensors only), .safetensors or .onnx, a RUN or the folder of a "
          "released model that has weights")
      ->required();
  command.add_option("--net", arguments->net,
                     "The network that they are of; `limbus list nets` shows all");
  command.add_option("--recipe", arguments->recipe,
                     "Instead of --net: a recipe, which names net, input and classes");
  command
      .add_option("--set", arguments->overrides,
                  "An option of the net or anything else that a recipe says: --set net.width=32")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  command.add_option("--out", arguments->out, "The .safetensors file to write")->required();
  command.add_flag("--partial", arguments->partial,
                   "Take what fits; training starts the rest anew (an encoder, other classes)");
  command.add_flag("--force", arguments->force, "Replace an existing file");
  command.add_flag("--json", arguments->json, "Print the answer as JSON");
  command.footer(
      "Names are matched as the networks' authors write them and, of encoders, as torchvision,\n"
      "timm, segmentation_models.pytorch and mmsegmentation do, wrapped or not; an encoder's\n"
      "classifier and the heads of other networks are unexpected (--partial). Nothing in a file\n"
      "is run. The outcome is what train --init takes; with --recipe, which says what goes in and\n"
      "what the classes mean, export, evaluate and predict, too.\n"
      "Examples:\n"
      "  limbus import best_model.pkl --recipe models/recipes/ritnet.json --out "
      "ritnet.safetensors\n"
      "  limbus import mine.pth --recipe runs/first/config.json --partial --out start.safetensors");
  return [arguments] { return importWeights(*arguments); };
}

}  // namespace limbus
