#include "native/commands/evaluate/image_scores.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <regex>

#include "native/commands/parts/score_json.h"
#include "native/data/files/csv.h"
#include "native/data/sets/pairs.h"

namespace limbus {
namespace {

std::string number(const std::optional<double>& value, const char* format) {
  if (!value) return "";
  char text[40];
  std::snprintf(text, sizeof text, format, *value);
  return text;
}

std::string share(const std::optional<double>& value) { return number(value, "%.6f"); }

// What an image's name holds.
Result<std::vector<std::string>> groupsByPattern(const std::string& pattern,
                                                 const std::vector<SampleFacts>& samples) {
  std::vector<std::string> groups;
  try {
    const std::regex wanted(pattern);
    for (const SampleFacts& sample : samples) {
      std::smatch match;
      const bool found = std::regex_search(sample.id, match, wanted);
      groups.push_back(found ? match[match.size() > 1 ? 1 : 0].str() : "");
    }
  } catch (const std::regex_error& error) {
    return fail(ErrorCode::badArgument,
                "--group-by: expected group, an attribute or a regular "
                "expression, got '" +
                    pattern + "': " + error.what());
  }
  return groups;
}

}  // namespace

Result<std::vector<std::string>> groupsBy(const std::string& groupBy, const Dataset& dataset,
                                          std::size_t count) {
  std::vector<SampleFacts> samples;
  bool attribute = false;
  for (std::size_t i = 0; i < count; ++i) {
    samples.push_back(dataset.facts(i));
    attribute = attribute || samples.back().attributes.count(groupBy) > 0;
  }
  Result<std::vector<std::string>> groups = std::vector<std::string>();
  if (attribute || groupBy == "group") {
    for (const SampleFacts& sample : samples) {
      const auto value = sample.attributes.find(groupBy);
      const bool known = value != sample.attributes.end();
      groups->push_back(known ? value->second : attribute ? "" : sample.group);
    }
  } else {
    groups = groupsByPattern(groupBy, samples);
  }
  if (!groups) return groups;
  Offenders without("{image has|images have} no group by --group-by " + groupBy);
  for (std::size_t i = 0; i < count; ++i) {
    if ((*groups)[i].empty()) without.add(samples[i].id);
  }
  if (without.any()) return fail(without.error());
  return groups;
}

Result<std::string> perImageCsv(const std::vector<ImageResult>& images,
                                const std::vector<ConfusionMatrix>& matrices,
                                const std::vector<std::string>& classes,
                                const std::string& convention,
                                const std::vector<std::string>& counted) {
  std::string text = "image,group,pixels,pixelAccuracy,mIoU,mDice";
  for (const std::string& name : classes) text += "," + csvField("iou " + name);
  for (const std::string& name : classes) text += "," + csvField("dice " + name);
  text += ",pupilCentreErrorPx,irisCentreErrorPx";
  for (const std::string& name : counted) {
    text += "," + csvField("true count " + name) + "," + csvField("count " + name);
  }
  text += "\n";
  for (std::size_t i = 0; i < images.size(); ++i) {
    const ImageResult& image = images[i];
    const Result<std::optional<Scores>> scores = scoreAlone(convention, {matrices[i]});
    if (!scores) return fail(scores.error().code, image.id + ": " + scores.error().message);
    text += csvField(image.id) + "," + csvField(image.group) + "," +
            std::to_string(matrices[i].total());
    if (*scores) {
      text += "," + share((*scores)->pixelAccuracy) + "," + share((*scores)->mIoU) + "," +
              share((*scores)->mDice);
      for (const ClassScores& one : (*scores)->classes) text += "," + share(one.iou);
      for (const ClassScores& one : (*scores)->classes) text += "," + share(one.dice);
    } else {
      text += std::string(3 + 2 * classes.size(), ',');
    }
    text += "," + number(image.pupilErrorPx, "%.3f") + "," + number(image.irisErrorPx, "%.3f");
    for (const PartCount& one : image.counts) {
      text += "," + std::to_string(one.truth) + "," + std::to_string(one.found);
    }
    text += "\n";
  }
  return text;
}

Result<Json> groupScores(const std::vector<ImageResult>& images,
                         const std::vector<ConfusionMatrix>& matrices,
                         const std::vector<std::string>& classes, const std::string& convention) {
  std::map<std::string, std::vector<ConfusionMatrix>> groups;
  for (std::size_t i = 0; i < images.size(); ++i) groups[images[i].group].push_back(matrices[i]);
  Json answer = Json::array();
  for (const auto& [group, members] : groups) {
    const Result<std::optional<Scores>> scores = scoreAlone(convention, members);
    if (!scores) return fail(scores.error());
    const auto value = [&](double Scores::*score) {
      return *scores ? Json((**scores).*score) : Json();
    };
    Json one = {{"group", group},
                {"images", members.size()},
                {"mIoU", value(&Scores::mIoU)},
                {"mDice", value(&Scores::mDice)},
                {"pixelAccuracy", value(&Scores::pixelAccuracy)},
                {"classes", Json::array()}};
    for (std::size_t i = 0; i < classes.size(); ++i) {
      const Json iou = *scores ? orNull((*scores)->classes[i].iou) : Json();
      one["classes"].push_back({{"name", classes[i]}, {"iou", iou}});
    }
    answer.push_back(std::move(one));
  }
  return answer;
}

void printGroups(const Json& groups) {
  std::size_t width = 5;
  for (const Json& row : groups) width = std::max(width, row["group"].get<std::string>().size());
  std::cout << "group" << std::string(width - 5, ' ') << "  images    mIoU   mDice  pixels\n";
  for (const Json& row : groups) {
    const std::string name = row["group"];
    std::cout << name << std::string(width - name.size(), ' ');
    std::printf("%8lld", row["images"].get<long long>());
    for (const char* score : {"mIoU", "mDice", "pixelAccuracy"}) {
      if (row[score].is_null()) {
        std::printf("%8s", "-");
      } else {
        std::printf("%8.2f", 100 * row[score].get<double>());
      }
    }
    std::printf("\n");
  }
}

}  // namespace limbus
