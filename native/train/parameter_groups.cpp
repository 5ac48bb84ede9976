#include "native/train/parameter_groups.h"

#include <map>
#include <set>
#include <tuple>

#include "shared/ops/ops.h"

namespace limbus {

void PartRates::describe(OptionVisitor& v) {
  v.number("encoder", encoder, {0, 1000}, "of the encoder");
  v.number("decoder", decoder, {0, 1000}, "of the decoder");
  v.number("head", head, {0, 1000}, "of what makes logits of the last features");
}

double PartRates::of(Part part) const {
  return part == Part::encoder ? encoder : part == Part::decoder ? decoder : head;
}

std::vector<ParameterGroup> groupsOf(const Graph& graph, const GroupRules& rules) {
  std::set<int> norms;
  for (const Node& node : graph.nodes) {
    if (keepsStatistics(node.op)) norms.insert(node.parameters.begin(), node.parameters.end());
  }
  std::map<std::tuple<Part, bool>, ParameterGroup> groups;  // by part and not decaying
  std::size_t learned = 0;
  for (std::size_t i = 0; i < graph.parameters.size(); ++i) {
    const Parameter& parameter = graph.parameters[i];
    if (!parameter.learned) continue;
    const std::size_t index = learned++;
    if (rules.freezeNorms && norms.count(static_cast<int>(i)) != 0) continue;
    const bool decays = rules.decayAll || parameter.shape.size() > 1;
    ParameterGroup& group = groups[{parameter.part, !decays}];
    group.members.push_back(index);
    group.decays = decays;
    group.rate = rules.rates.of(parameter.part);
    group.stillSteps = parameter.part == Part::encoder ? rules.encoderStillSteps : 0;
  }
  std::vector<ParameterGroup> list;
  for (auto& [key, group] : groups) list.push_back(std::move(group));
  return list;
}

}  // namespace limbus
