// Searches from the command line: tune, sweep-size.
#include <catch2/matchers/catch_matchers_string.hpp>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <sstream>

#include "own_images.h"

using Catch::Matchers::ContainsSubstring;
using namespace limbus;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

// Shell code that kills the training which fills `run`, once it is there.
std::string killing(const std::string& run) {
  return "for i in $(seq 500); do for p in /proc/[0-9]*; do if [ \"$(readlink $p/exe)\" -ef "
         "'" LIMBUS_EXE "' ] && tr '\\0' ' ' <$p/cmdline | grep -q -- '--out " +
         run + " '; then kill -KILL ${p#/proc/}; exit; fi; done; sleep 0.02; done";
}
// As soon as it has saved.
std::string killedInto(const std::string& run) {
  return "(until test -e '" + run + "/last.safetensors'; do sleep 0.02; done; " + killing(run) +
         ") &";
}

// `limbus tune` over two rates of learning, of which each trial takes one.
struct TwoRates {
  OwnImages own{6};
  fs::path out = own.scratch / "search";

  Said tune(std::initializer_list<std::string> more, const std::string& before = "") const {
    const std::string space = (own.scratch / "space.json").string();
    REQUIRE(writeBytes(space, R"({"schedule.lr": [0.02, 0.01]})", false));
    std::vector<std::string> words = {"tune",   own.recipe, space,       "--data",
                                      own.data, "--out",    out.string()};
    words.insert(words.end(), more);
    return limbusSays(words, before);
  }
  // With --resume --json: no trial may fail.
  json finished(std::initializer_list<std::string> more) const {
    const Said said = tune(more);
    INFO(said.err);
    REQUIRE(said.exitCode == 0);
    const json trials = json::parse(said.out).at("trials");
    for (const json& trial : trials) CHECK(trial.contains("best"));
    return trials;
  }
};

}  // namespace

TEST_CASE("cli: tune finds the best of its trials, and goes on after it was killed") {
  const OwnImages own(8);
  const std::string space = (own.scratch / "space.json").string();
  const std::string out = (own.scratch / "search").string();
  REQUIRE(writeBytes(space, R"({"schedule.lr": [0.02, 1e-7]})", false));
  const auto tune = [&](const std::vector<std::string>& more, const std::string& seed = "3") {
    std::vector<std::string> words = {"tune",  own.recipe, space,   "--data",   own.data,
                                      "--out", out,        "--set", "epochs=4", "--trials",
                                      "4",     "--jobs",   "2",     "--seed",   seed};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words);
  };
  const Said said = tune({});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK_THAT(said.out, ContainsSubstring("best: "));

  const std::string journal = textOf(fs::path(out) / "trials.jsonl");
  std::vector<json> trials;
  std::istringstream lines(journal);
  for (std::string line; std::getline(lines, line);) trials.push_back(json::parse(line));
  REQUIRE(trials.size() == 4);
  // As if it had been killed while the last trial ran: its line and its last epochs are missing.
  const std::string last = trials.back().at("trial");
  REQUIRE(writeBytes(fs::path(out) / "trials.jsonl",
                     journal.substr(0, journal.rfind('\n', journal.size() - 2) + 1), false));
  const std::string log = textOf(fs::path(out) / last / "log.jsonl");
  const auto others = fs::last_write_time(
      fs::path(out) / trials.front().at("trial").get<std::string>() / "last.safetensors");
  CHECK(tune({}).exitCode == 2);                 // without --resume
  CHECK(tune({"--resume"}, "4").exitCode == 2);  // another search
  // As one of before there was this option.
  json search = json::parse(textOf(fs::path(out) / "search.json"));
  REQUIRE(search.at("recipe").at("data").erase("others") == 1);
  REQUIRE(writeBytes(fs::path(out) / "search.json", search.dump(), false));
  const Said again = tune({"--resume", "--json"});
  INFO(again.err);
  REQUIRE(again.exitCode == 0);
  const json answer = json::parse(again.out);
  REQUIRE(answer.at("trials").size() == 4);
  CHECK(textOf(fs::path(out) / last / "log.jsonl") == log);
  CHECK(fs::last_write_time(fs::path(out) / trials.front().at("trial").get<std::string>() /
                            "last.safetensors") == others);

  const json& best =
      *std::max_element(trials.begin(), trials.end(),
                        [](const json& a, const json& b) { return a.at("best") < b.at("best"); });
  CHECK(answer.at("best").at("best") == best.at("best"));
  CHECK(answer.at("best").at("set") == best.at("set"));
  const std::string set = best.at("set")[0];
  CHECK_THAT(limbusSays({"recipe", out + "/best.json"}).out,
             ContainsSubstring("\"lr\": " + set.substr(set.find('=') + 1)));
}

TEST_CASE("cli: tune goes on with a space as it was begun, the order of its keys too") {
  const OwnImages own(6);
  const std::string space = (own.scratch / "space.json").string();
  const std::string out = (own.scratch / "search").string();
  const auto tune = [&](const std::string& text, const std::vector<std::string>& more) {
    REQUIRE(writeBytes(space, text, false));
    std::vector<std::string> words = {"tune",   own.recipe, space, "--data",
                                      own.data, "--out",    out,   "--trials"};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words);
  };
  const std::string rate = R"("schedule.lr": {"low": 1e-4, "high": 1e-2})",
                    width = "\"net.width\": [4, 6]";
  REQUIRE(tune("{" + rate + ", " + width + "}", {"1"}).exitCode == 0);
  const Said turned = tune("{" + width + ", " + rate + "}", {"2", "--resume"});
  CHECK(turned.exitCode == 2);
  CHECK(turned.errLines() == 1);
  CHECK_THAT(turned.err, ContainsSubstring("in the order schedule.lr, net.width, by which"));
  // Within a range nothing hangs on it.
  CHECK(tune(R"({"schedule.lr": {"high": 1e-2, "low": 1e-4}, )" + width + "}", {"2", "--resume"})
            .exitCode == 0);
}

TEST_CASE("cli: tune runs a trial again that somebody killed") {
  const TwoRates search;
  const Said said = search.tune({"--set", "epochs=80", "--trials", "2", "--jobs", "1"},
                                killedInto((search.out / "trial-0001").string()));
  INFO(said.err);
  CHECK(said.exitCode == 0);
  CHECK_THAT(said.out, ContainsSubstring("trial-0001  failed: stopped from outside, --resume runs "
                                         "it again: "));
  CHECK_THAT(said.out, ContainsSubstring("(signal 9)"));
  const json trials =
      search.finished({"--set", "epochs=80", "--trials", "2", "--jobs", "1", "--resume", "--json"});
  REQUIRE(trials.size() == 2);
  for (const json& trial : trials) CHECK(trial.at("epochs") == 80);
}

TEST_CASE("cli: a trial that is killed twice, alone, is a result") {
  const TwoRates search;
  const std::string killed = "(" + killing((search.out / "trial-0001").string()) + ") &";
  const Said once = search.tune({"--set", "epochs=160", "--trials", "1"}, killed);
  CHECK_THAT(once.err, ContainsSubstring("--resume runs it again"));
  const auto again = [&](const std::string& before) {
    return search.tune({"--set", "epochs=160", "--trials", "1", "--resume"}, before);
  };
  const Said twice = again(killed);
  CHECK_THAT(twice.err, ContainsSubstring("(signal 9)") && !ContainsSubstring("runs it again"));
  CHECK(again("").err == twice.err);
}

TEST_CASE("cli: a full disk ends a search, which goes on when there is room") {
  const TwoRates search;
  const Said full = search.tune({"--set", "epochs=2", "--trials", "2", "--halving", "2"},
                                "trap '' XFSZ; ulimit -f 100;");
  CHECK(full.exitCode == 3);
  CHECK(full.errLines() == 1);
  CHECK_THAT(full.err, ContainsSubstring("limbus: rung-1/trial-0001: "));
  CHECK_THAT(full.err, ContainsSubstring("not written: File too large; " + search.out.string() +
                                         " holds what is done, go on with --resume"));
  CHECK(textOf(search.out / "trials.jsonl").empty());
  CHECK(
      search
          .finished({"--set", "epochs=2", "--trials", "2", "--halving", "2", "--resume", "--json"})
          .size() == 3);
}

TEST_CASE("cli: what finds no memory beside others is due again, alone it is a result") {
  const OwnImages own(6);
  const fs::path out = own.scratch / "sizes";
  // KiB. One tensor of the larger network wants more: it fails while it is made, before OpenBLAS,
  // which waits for ever where it gets none.
  const std::string little = "ulimit -v 1200000; ulimit -t 60;";
  const std::vector<std::string> one = {"--device", "cpu", "--no-self-check"};
  std::vector<std::string> small = {"train", own.recipe, "--data", own.data, "--out", own.run};
  small.insert(small.end(), one.begin(), one.end());
  if (limbusSays(small, little).exitCode != 0) SKIP("this LibTorch takes more memory by itself");
  const auto sweep = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"sweep-size", own.recipe, "--data",   own.data, "--out",
                                      out.string(), "--json",   "--values", "4,256"};
    for (const auto* some : {&one, &more}) words.insert(words.end(), some->begin(), some->end());
    return limbusSays(words, little);
  };
  const Said crowded = sweep({"--jobs", "2"});
  INFO(crowded.err);
  REQUIRE(crowded.exitCode == 0);
  const json large = json::parse(crowded.out).at("sizes")[1];
  CHECK_THAT(large.at("error").get<std::string>(),
             ContainsSubstring("--resume with fewer --jobs runs it again: "));
  CHECK(large.at("stopped") == true);
  const Said alone = sweep({"--jobs", "1", "--resume"});
  INFO(alone.err);
  REQUIRE(alone.exitCode == 0);
  const json result = json::parse(alone.out).at("sizes")[1];
  CHECK_THAT(result.at("error").get<std::string>(), ContainsSubstring("try a smaller batch"));
  CHECK_FALSE(result.contains("stopped"));
}

TEST_CASE("cli: no rung begins before those of the one before have ended by themselves") {
  const TwoRates search;
  const Said killed = search.tune({"--set", "epochs=160", "--trials", "2", "--halving", "2"},
                                  killedInto((search.out / "rung-1/trial-0001").string()));
  CHECK(killed.exitCode == 3);
  CHECK_THAT(killed.err, ContainsSubstring("the next rung waits for rung-1/trial-0001: stopped "
                                           "from outside, --resume runs it again"));
  CHECK_FALSE(fs::exists(search.out / "rung-2"));
  CHECK(search
            .finished(
                {"--set", "epochs=160", "--trials", "2", "--halving", "2", "--resume", "--json"})
            .size() == 3);
}

TEST_CASE("cli: tune halves, and says what a space has wrong in one line") {
  const OwnImages own(8);
  const std::string space = (own.scratch / "space.json").string();
  const std::string out = (own.scratch / "search").string();
  const auto tune = [&](const std::string& text, const std::vector<std::string>& more) {
    REQUIRE(writeBytes(space, text, false));
    std::vector<std::string> words = {"tune",  own.recipe, space,   "--data",  own.data,
                                      "--out", out,        "--set", "epochs=2"};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words);
  };
  for (const auto& [text, said] :
       {std::pair(R"({"net.widht": [4, 6]})", "net.widht=4: "), std::pair("{", "space.json"),
        std::pair(R"({"epochs": [1, 2]})", "--halving")}) {
    const Said wrong = tune(text, {"--halving", "2"});
    CHECK(wrong.exitCode == 1);
    CHECK(wrong.errLines() == 1);
    CHECK_THAT(wrong.err, ContainsSubstring(said));
    CHECK_FALSE(fs::exists(out));
  }
  const Said nowhere =
      limbusSays({"tune", own.recipe, space, "--data", own.data + "x", "--out", out});
  CHECK_THAT(nowhere.err, ContainsSubstring("datax: no such folder"));
  CHECK_FALSE(fs::exists(out));
  const Said halved = tune(R"({"schedule.lr": {"low": 1e-4, "high": 1e-2, "scale": "log"}})",
                           {"--halving", "2", "--trials", "2", "--json"});
  INFO(halved.err);
  REQUIRE(halved.exitCode == 0);
  const json trials = json::parse(halved.out).at("trials");
  REQUIRE(trials.size() == 3);
  CHECK(trials[0].at("trial").get<std::string>().rfind("rung-2/", 0) == 0);
  CHECK(trials[0].at("epochs") == 2);
  CHECK(trials[0].at("set") == trials[1].at("set"));  // the better one of the first rung
  CHECK(trials[1].at("epochs") == 1);
  CHECK(trials[1].at("best").get<double>() >= trials[2].at("best").get<double>());
  // As if the longer one had diverged: the best of the shorter ones is there all the same.
  const std::string journal = textOf(fs::path(out) / "trials.jsonl");
  json last = json::parse(journal.substr(journal.rfind('\n', journal.size() - 2) + 1));
  REQUIRE(last.at("trial") == trials[0].at("trial"));
  for (const char* key : {"best", "bestEpoch", "epochs"}) last.erase(key);
  last["error"] = "the loss is no longer a finite number";
  REQUIRE(writeBytes(
      fs::path(out) / "trials.jsonl",
      journal.substr(0, journal.rfind('\n', journal.size() - 2) + 1) + last.dump() + "\n", false));
  const Said again = tune(R"({"schedule.lr": {"low": 1e-4, "high": 1e-2, "scale": "log"}})",
                          {"--halving", "2", "--trials", "2", "--json", "--resume"});
  INFO(again.err);
  REQUIRE(again.exitCode == 0);
  CHECK(json::parse(again.out).at("best").at("trial") == trials[1].at("trial"));
  fs::rename(own.scratch / "data/images/1.png", own.scratch / "data/images/11.png");
  fs::rename(own.scratch / "data/masks/1.png", own.scratch / "data/masks/11.png");
  CHECK_THAT(tune(R"({"schedule.lr": {"low": 1e-4, "high": 1e-2, "scale": "log"}})",
                  {"--halving", "2", "--trials", "2", "--resume"})
                 .err,
             ContainsSubstring("was begun with another 'images'"));
}

TEST_CASE("cli: a search goes on with the images that its scores come from") {
  const OwnImages own(6);
  const fs::path out = own.scratch / "sizes";
  const auto sweep = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"sweep-size", own.recipe, "--data",
                                      own.data,     "--out",    out.string()};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words);
  };
  REQUIRE(sweep({"--values", "4"}).exitCode == 0);
  const std::string held = json::parse(textOf(out / "net.width=4" / "data.json")).at("held").at(0);
  for (const char* part : {"images", "masks"}) {
    const fs::path folder = own.scratch / "data" / part;
    fs::rename(folder / (fs::path(held).stem().string() + ".png"),
               folder / (fs::path(held).stem().string() + "x.png"));
  }
  const Said other = sweep({"--values", "4,6", "--resume"});
  CHECK(other.exitCode == 2);
  CHECK_THAT(other.err, ContainsSubstring("was begun with another 'validationImages'"));
  json search = json::parse(textOf(out / "search.json"));
  REQUIRE(search.erase("validationImages") == 1);  // as one of before
  REQUIRE(writeBytes(out / "search.json", search.dump(), false));
  CHECK(sweep({"--values", "4,6", "--resume"}).exitCode == 0);
}

TEST_CASE("cli: searches that are stopped say how they go on; those that all fail, why") {
  const OwnImages own(6);
  const fs::path out = own.scratch / "sizes";
  const auto sweep = [&](const std::vector<std::string>& more, const std::string& before) {
    std::vector<std::string> words = {"sweep-size", own.recipe,   "--data",   own.data,
                                      "--out",      out.string(), "--values", "4,6"};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words, before);
  };
  const Said stopped =
      sweep({"--set", "epochs=500"},
            "me=$(exec sh -c 'echo $PPID'); (until ls " + shellQuoted(out.string()) +
                "/*/last.safetensors; do sleep 0.05; done; kill -TERM $me) >/dev/null 2>&1 &");
  CHECK(stopped.exitCode == 3);
  CHECK_THAT(stopped.err, ContainsSubstring("go on with --resume"));
  fs::remove_all(out);
  const Said failed = sweep({"--set", "optimizer=sgd", "--set", "schedule.lr=1000"}, "");
  CHECK(failed.exitCode == 1);
  CHECK_THAT(failed.err, ContainsSubstring("all sizes failed; the first: "));
}

TEST_CASE("cli: sweep-size draws score over cost") {
  const OwnImages own(6);
  const std::string out = (own.scratch / "sizes").string();
  const auto sweep = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"sweep-size", own.recipe, "--data", own.data, "--out", out};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words);
  };
  const Said wrong = sweep({"--values", "4,none"});
  CHECK(wrong.exitCode == 2);
  CHECK_THAT(wrong.err, ContainsSubstring("net.width=none: "));
  const Said said = sweep({"--values", "4,6"});
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  CHECK_THAT(said.out, ContainsSubstring("multiply-adds"));
  CHECK_THAT(textOf(fs::path(out) / "parameters.svg"), ContainsSubstring("</svg>"));
  const Said more = sweep({"--values", "4,6,8", "--resume", "--json"});
  REQUIRE(more.exitCode == 0);
  const json sizes = json::parse(more.out).at("sizes");
  REQUIRE(sizes.size() == 3);
  for (std::size_t i = 1; i < 3; ++i) {
    CHECK(sizes[i].at("parameters").get<int>() > sizes[i - 1].at("parameters").get<int>());
    CHECK(sizes[i].at("multiplyAdds").get<int>() > sizes[i - 1].at("multiplyAdds").get<int>());
  }
  CHECK(sizes[0].at("best").get<double>() > 0);
}

TEST_CASE("cli: sweep-size puts its values at the key that it is given") {
  const OwnImages own(6);
  const fs::path out = own.scratch / "sizes";
  const auto sweep = [&](const std::string& key, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"sweep-size", own.recipe, "--data",   own.data, "--out", out,
                                      "--key",      key,        "--values", "1,3",    "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return limbusSays(words);
  };
  const Said said = sweep("batch");
  INFO(said.err);
  REQUIRE(said.exitCode == 0);
  const json answer = json::parse(said.out);
  CHECK(answer.at("key") == "batch");
  for (const int batch : {1, 3}) {
    const json config =
        json::parse(textOf(out / ("batch=" + std::to_string(batch)) / "config.json"));
    CHECK(config.at("batch") == batch);
    CHECK(config.at("net").at("width") == 4);
  }
  CHECK_THAT(textOf(out / "parameters.svg"), ContainsSubstring("mIoU over batch"));
  CHECK(sweep("epochs", {"--resume"}).exitCode == 2);  // another search
}
