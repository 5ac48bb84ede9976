// limbus completion: a script for bash or zsh, made of the verbs and of what each of them declares.
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <set>

#include "native/commands/commands.h"
#include "native/commands/list.h"
#include "native/train/recipe/recipe.h"
#include "native/train/watch.h"
#include "shared/options/paths.h"

namespace limbus {
namespace {

using Names = std::vector<std::string>;

struct Argument {
  std::string name;  // "--out", or what a positional is called
  std::string help;
  Names choices;             // what completes it, ...
  bool onlyChoices = false;  // ... or a file does
  bool assignsKeys = false;  // KEY=VALUE of a recipe
  bool positional = false, takesValue = true, mayStandAlone = false, repeats = false;
};

struct Verb {
  std::string name, summary;
  std::vector<Argument> arguments;
};

using OptionList = std::vector<OptionDescription>;
using Kind = OptionDescription::Kind;

// A key of the recipe and the values that are known for it.
struct Key {
  std::string path;
  Names values;
  std::string list = {};  // "augment": the key is one of its elements', so its path needs a name
};

// The list that the path leads into; empty: none.
std::string listAbove(const OptionList& options, const std::string& path) {
  for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
    const OptionDescription* above = findOption(options, path.substr(0, dot));
    if (above != nullptr && above->kind == Kind::list) return path.substr(0, dot);
  }
  return "";
}

// What is known for the one value that the option takes; none: it takes no single value.
std::optional<Names> valuesOf(const OptionDescription& option) {
  if (option.kind == Kind::list) return std::nullopt;
  if (option.kind == Kind::object && option.shorthand.empty()) return std::nullopt;
  Names known = option.choices;
  if (option.kind == Kind::flag) known = {"true", "false"};
  for (const OptionDescription& field : option.fields) {
    if (field.key == option.shorthand) known = field.choices;
  }
  return known;
}

// The keys that take one value: in an object, those beside its shorthand only. Of all rows.
std::vector<Key> allKeys(const OptionList& options) {
  std::vector<Key> keys;
  for (const std::string& path : optionPaths(options)) {
    const OptionDescription* option = findOption(options, path);
    std::optional<Names> known = option == nullptr ? std::nullopt : valuesOf(*option);
    if (known) keys.push_back({path, std::move(*known), listAbove(options, path)});
  }
  return keys;
}

// The object that the path's last key stands in; null: the recipe has none.
const Json* objectOf(const Json& recipe, const std::string& path) {
  const Json* object = &recipe;
  for (std::size_t begin = 0, dot; (dot = path.find('.', begin)) != std::string::npos;
       begin = dot + 1) {
    const std::string key = path.substr(begin, dot - begin);
    if (!object->contains(key) || !object->at(key).is_object()) return nullptr;
    object = &object->at(key);
  }
  return object;
}

// As --set names what can stand at `path`: a row that has an object of its own there, as each loss
// of a sum, by its name too ("loss.focal.gamma"). Empty: it is the option of a row that the recipe
// does not have there.
std::string pathIn(const Json& recipe, const std::string& path, const OptionPlace& place) {
  const Json* object = objectOf(recipe, path);
  if (place.row == nullptr || object == nullptr) return path;
  const std::string row = place.row->name;
  if (object->value(row, Json()).is_object()) {
    return path.substr(0, path.rfind('.') + 1) + row + path.substr(path.rfind('.'));
  }
  const bool named = std::any_of(object->begin(), object->end(),
                                 [&](const Json& member) { return member == row; });
  return named || place.value != nullptr ? path : "";
}

// Of all keys those of a complete recipe.
std::vector<Key> keysIn(const OptionList& options, const Json& recipe) {
  std::vector<Key> keys;
  for (Key& key : allKeys(options)) {
    if (!key.list.empty()) {
      keys.push_back(std::move(key));
      continue;
    }
    std::set<std::string> taken = {""};
    for (const OptionPlace& place : findOptions(options, key.path, &recipe)) {
      const std::string path = pathIn(recipe, key.path, place);
      std::optional<Names> known = place.option == nullptr ? std::nullopt : valuesOf(*place.option);
      if (known && taken.insert(path).second) keys.push_back({path, std::move(*known)});
    }
  }
  return keys;
}

// As --set names the key in this recipe: once for each element of a list that has it.
Names pathsIn(const Json& recipe, const Key& key) {
  if (key.list.empty()) return {key.path};
  const Json* list = recipe.contains(key.list) ? &recipe.at(key.list) : nullptr;
  const std::string rest = key.path.substr(key.list.size() + 1);
  Names paths;
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    const Json& element = (*list)[i];
    if (!element.is_object() || !element.contains(rest)) continue;
    const std::string name = element.value("name", "");
    paths.push_back(key.list + "." + (name.empty() ? std::to_string(i) : name) + "." + rest);
  }
  return paths;
}

// What a check among names writes into the type: "TEXT:{logits,argmax}".
Names membersIn(const std::string& type) {
  const std::size_t open = type.find('{'), close = type.rfind('}');
  if (open == std::string::npos || close == std::string::npos) return {};
  return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

// The names that a help text points to: "`limbus list presets` shows all".
Names listedIn(const std::string& help) {
  const std::string pointer = "`limbus list ";
  const std::size_t found = help.find(pointer);
  if (found == std::string::npos) return {};
  const std::size_t begin = found + pointer.size();
  return listedNames(help.substr(begin, help.find('`', begin) - begin));
}

// What stands in no table of `limbus list`.
Names usualValues(const std::string& option) {
  if (option == "--device") return {"auto", "cpu", "cuda"};
  if (option == "--split") return {"train", "validation", "test"};
  if (option == "--log") return namesOf(watchers());
  return {};
}

Argument argumentOf(const CLI::Option& option, const std::vector<Key>& keys) {
  Argument argument;
  const std::string type = option.get_type_name();
  argument.positional = option.get_lnames().empty();
  argument.name = argument.positional ? option.get_name(true) : "--" + option.get_lnames()[0];
  argument.help = option.get_description();
  argument.choices = membersIn(type);
  argument.onlyChoices = !argument.choices.empty();
  if (argument.choices.empty()) {
    argument.choices = listedIn(argument.help);
    argument.onlyChoices = !argument.choices.empty() && !argument.positional;
  }
  argument.assignsKeys = argument.name == "--set" && type == "KEY=VALUE";
  if (argument.assignsKeys || type == "[KEY]") {
    for (const Key& key : keys) {
      if (argument.assignsKeys && !key.list.empty()) continue;
      argument.choices.push_back(argument.assignsKeys ? key.path + "=" : key.path);
    }
  }
  if (argument.choices.empty()) argument.choices = usualValues(argument.name);
  argument.takesValue = option.get_items_expected_max() > 0;
  argument.mayStandAlone = option.get_items_expected_min() == 0;
  argument.repeats = option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
  return argument;
}

// Those of `limbus data`: their names come first, then whatever any of them takes.
void addVerbsBelow(const CLI::App& app, const std::vector<Key>& keys, Verb& verb) {
  const std::vector<const CLI::App*> below =
      app.get_subcommands([](const CLI::App*) { return true; });
  if (below.empty()) return;
  Argument names;
  names.positional = names.onlyChoices = true;
  names.help = "What to do";
  for (const CLI::App* one : below) names.choices.push_back(one->get_name());
  verb.arguments.push_back(std::move(names));
  std::set<std::string> known = {"--help"};
  for (const CLI::App* one : below) {
    for (const CLI::Option* option : one->get_options()) {
      Argument argument = argumentOf(*option, keys);
      if (known.insert(argument.name).second) verb.arguments.push_back(std::move(argument));
    }
  }
}

std::vector<Verb> verbs(const std::vector<Key>& keys) {
  std::vector<Verb> all;
  for (const CommandRow& row : commands()) {
    CLI::App app;
    row.configure(app);
    Verb verb{row.name, row.summary, {}};
    for (const CLI::Option* option : app.get_options()) {
      verb.arguments.push_back(argumentOf(*option, keys));
    }
    addVerbsBelow(app, keys, verb);
    all.push_back(std::move(verb));
  }
  return all;
}

std::string quoted(const std::string& text) {
  return "'" + CLI::detail::find_and_replace(text, "'", "'\\''") + "'";
}

std::string joined(const Names& words) { return CLI::detail::join(words, " "); }

std::string bashCase(const std::string& pattern, const Names& words) {
  return "  " + quoted(pattern) + "*) words=" + quoted(joined(words)) + " ;;\n";
}

std::string bashCases(const Verb& verb, const std::vector<Key>& keys) {
  std::string text;
  Names options, choices;
  for (const Argument& argument : verb.arguments) {
    if (argument.positional) {
      choices.insert(choices.end(), argument.choices.begin(), argument.choices.end());
      continue;
    }
    options.push_back(argument.name);
    if (!argument.takesValue) continue;
    const std::string before = verb.name + " " + argument.name + " ";
    if (argument.assignsKeys) {
      for (const Key& key : keys) {
        if (key.list.empty()) text += bashCase(before + key.path + "=", key.values);
      }
    }
    text += bashCase(before, argument.choices);
  }
  text += "  " + quoted(verb.name + " ") + "*' -'*) words=" + quoted(joined(options)) + " ;;\n";
  return choices.empty() ? text : text + bashCase(verb.name + " ", choices);
}

// Behind the --set of a line that names a recipe its own keys: `limbus completion bash RECIPE`.
constexpr const char* kBashKeys =
    "_limbus_keys() {\n"
    "  local each recipe='' lines=''\n"
    "  for each in \"${COMP_WORDS[@]:2}\"; do\n"
    "    if [[ $each == *.json && -f $each ]]; then recipe=$each; fi\n"
    "  done\n"
    "  [ -z \"$recipe\" ] || lines=$(\"${COMP_WORDS[0]}\" completion bash \"$recipe\" "
    "2>/dev/null)\n"
    "  [ -n \"$lines\" ] || return 0\n"
    "  words=''\n"
    "  while IFS= read -r each; do\n"
    "    if [ -z \"$key\" ]; then words+=\" ${each%%=*}=\"\n"
    "    elif [[ $each == \"$key\"* ]]; then words=${each#*=}; fi\n"
    "  done <<<\"$lines\"\n"
    "}\n";

// The verbs whose --set is about a recipe, as a pattern: "train|tune".
std::string assigning(const std::vector<Verb>& all) {
  Names names;
  for (const Verb& verb : all) {
    for (const Argument& argument : verb.arguments) {
      if (argument.assignsKeys) names.push_back(verb.name);
    }
  }
  return CLI::detail::join(names, "|");
}

// Options behind a dash; names where an option or a positional has some; files elsewhere. Bash
// makes three words of "KEY=VALUE".
void printBash(const std::vector<Verb>& all, const std::vector<Key>& keys) {
  Names names;
  for (const Verb& verb : all) names.push_back(verb.name);
  std::cout
      << "# bash completion for limbus\n"
      << kBashKeys
      << "_limbus() {\n"
         "  local at=$COMP_CWORD key='' words=''\n"
         "  local word=${COMP_WORDS[at]}\n"
         "  [ \"$word\" != = ] || { word='' && ((++at)); }\n"
         "  [ \"${COMP_WORDS[at - 1]}\" != = ] || { key=${COMP_WORDS[at - 2]}= && ((at -= 2)); }\n"
         "  local verb=${COMP_WORDS[1]} before=${COMP_WORDS[at - 1]}\n"
         "  if [ \"$at\" = 1 ]; then verb='' before=''; fi\n"
         "  case \"$verb $before $key$word\" in\n"
         "  '  '*) words="
      << quoted(joined(names) + " --help --version") << " ;;\n";
  for (const Verb& verb : all) std::cout << bashCases(verb, keys);
  std::cout << "  esac\n"
               "  [[ $before != --set || $verb != @("
            << assigning(all)
            << ") ]] || _limbus_keys\n"
               "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
               "  [[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null\n"
               "}\n"
               "complete -o default -F _limbus limbus\n";
}

// What completes a value, in the words of zsh's _arguments.
std::string zshAction(const Argument& argument) {
  if (argument.assignsKeys) return "_limbus_keys";
  if (argument.choices.empty()) return "_files";
  if (argument.onlyChoices) return "(" + joined(argument.choices) + ")";
  return "{compadd -- " + joined(argument.choices) + "; _files}";
}

// "--out[help]:value:_files"
std::string zshArgument(const Argument& argument) {
  std::string help;
  for (char c : argument.help) {
    if (c == '[' || c == ']' || c == ':') help += '\\';
    help += c;
  }
  if (argument.positional) {
    return (argument.repeats ? "*:" : ":") + help + ":" + zshAction(argument);
  }
  std::string spec = (argument.repeats ? "*" : "") + argument.name + "[" + help + "]";
  if (argument.takesValue) spec += argument.mayStandAlone ? "::value:" : ":value:";
  return argument.takesValue ? spec + zshAction(argument) : spec;
}

void printZshKeys(const std::vector<Key>& keys) {
  std::cout << "_limbus_keys() {\n"
               "  case $PREFIX in\n";
  Names words;
  for (const Key& key : keys) {
    if (!key.list.empty()) continue;
    words.push_back(key.path + "=");
    std::cout << "  " << key.path << "=*) compset -P '*=' && compadd -- " << joined(key.values)
              << " ;;\n";
  }
  std::cout << "  *) compadd -S '' -- " << joined(words)
            << " ;;\n"
               "  esac\n"
               "}\n";
}

void printZsh(const std::vector<Verb>& all, const std::vector<Key>& keys) {
  std::cout << "#compdef limbus\n";
  printZshKeys(keys);
  std::cout << "_limbus() {\n"
               "  local -a verbs\n"
               "  if (( CURRENT == 2 )); then\n"
               "    verbs=(";
  for (const Verb& verb : all) std::cout << "\n      " << quoted(verb.name + ":" + verb.summary);
  std::cout << ")\n"
               "    _describe 'verb' verbs\n"
               "    return\n"
               "  fi\n"
               "  shift words\n"
               "  (( CURRENT-- ))\n"
               "  case $words[1] in\n";
  for (const Verb& verb : all) {
    std::cout << "  " << verb.name << ") _arguments";
    for (const Argument& argument : verb.arguments) {
      std::cout << " \\\n      " << quoted(zshArgument(argument));
    }
    std::cout << " ;;\n";
  }
  std::cout
      << "  esac\n"
         "}\n"
         "if [[ $funcstack[1] == _limbus ]]; then _limbus \"$@\"; else compdef _limbus limbus; "
         "fi\n";
}

Result<void> printKeysOf(const std::string& file) {
  const Result<Recipe> recipe = readRecipe(file, {});
  if (!recipe) return fail(recipe.error());
  const Json values = Json::parse(completeJson(*recipe));
  for (const Key& key : keysIn(describeOptions(Recipe()), values)) {
    for (const std::string& path : pathsIn(values, key)) {
      std::cout << path << "=" << joined(key.values) << "\n";
    }
  }
  return {};
}

}  // namespace

Action configureCompletion(CLI::App& command) {
  auto shell = std::make_shared<std::string>();
  auto recipe = std::make_shared<std::string>();
  command.add_option("SHELL", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
  command.add_option("RECIPE", *recipe,
                     "Print the keys that --set may name in this recipe, each with the values that "
                     "are known; the script for bash asks for them");
  command.footer(
      "The Debian package installs both. By hand: source <(limbus completion bash)\n"
      "Example: limbus completion zsh > ~/.zfunc/_limbus");
  return [shell, recipe]() -> Result<void> {
    if (!recipe->empty()) return printKeysOf(*recipe);
    const std::vector<Key> keys = allKeys(describeOptions(Recipe()));
    if (*shell == "bash") {
      printBash(verbs(keys), keys);
    } else {
      printZsh(verbs(keys), keys);
    }
    return {};
  };
}

}  // namespace limbus
