#include "shared/ops/ops.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "shared/graph/op.h"
#include "shared/options/rows.h"

namespace limbus {

// Of the files of this folder.
std::vector<OpRow> convolutionRows();  // conv, deconv
std::vector<OpRow> normalisingRows();  // batchNorm, groupNorm
std::vector<OpRow> pointwiseRows();    // activations, dropout
std::vector<OpRow> poolingRows();
std::vector<OpRow> combiningRows();  // concat, add, mul
std::vector<OpRow> sizingRows();     // resize, crop, pad

namespace {

const Attribute& attribute(const Node& node, const char* name) {
  const auto found = node.attributes.find(name);
  if (found != node.attributes.end()) return found->second;
  for (const AttributeSpec& spec : opRow(node.op).attributes) {
    if (std::string(name) == spec.name) return spec.byDefault;
  }
  assert(!"a row function asked for an attribute that its row does not state");
  static const Attribute kNone = std::int64_t{0};
  return kNone;
}

std::vector<OpRow> collectRows() {
  std::vector<OpRow> rows;
  for (auto family :
       {convolutionRows, normalisingRows, pointwiseRows, poolingRows, combiningRows, sizingRows}) {
    for (OpRow& row : family()) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

const std::vector<OpRow>& opTable() {
  static const std::vector<OpRow> rows = collectRows();
  return rows;
}

const OpRow& opRow(Op op) {
  for (const OpRow& row : opTable()) {
    if (row.op == op) return row;
  }
  static const OpRow kUnknown{.op = Op::relu, .name = "unknown op"};
  return kUnknown;
}

bool keepsStatistics(Op op) {
  const std::vector<ParameterRole>& roles = opRow(op).parameters;
  return std::any_of(roles.begin(), roles.end(),
                     [](const ParameterRole& role) { return !role.learned; });
}

std::int64_t NodeView::integer(const char* name) const {
  const auto* value = std::get_if<std::int64_t>(&attribute(node, name));
  return value ? *value : 0;
}

double NodeView::number(const char* name) const {
  const auto* value = std::get_if<double>(&attribute(node, name));
  return value ? *value : 0.0;
}

const std::string& NodeView::text(const char* name) const {
  static const std::string kEmpty;
  const auto* value = std::get_if<std::string>(&attribute(node, name));
  return value ? *value : kEmpty;
}

Extent NodeView::extent(const char* name) const {
  const std::vector<std::int64_t>& values = list(name);
  return values.size() == 2 ? Extent(values[0], values[1]) : Extent(0);
}

const std::vector<std::int64_t>& NodeView::list(const char* name) const {
  static const std::vector<std::int64_t> kEmpty;
  const auto* value = std::get_if<std::vector<std::int64_t>>(&attribute(node, name));
  return value ? *value : kEmpty;
}

const Parameter* NodeView::parameter(const char* role) const {
  const std::vector<ParameterRole>& roles = opRow(node.op).parameters;
  for (std::size_t i = 0; i < roles.size() && i < node.parameters.size(); ++i) {
    if (std::string(role) == roles[i].name) return &graph.parameters[node.parameters[i]];
  }
  return nullptr;
}

Result<void> checkAttributes(const Attributes& attributes,
                             const std::vector<AttributeSpec>& specs) {
  const auto bad = [](std::string message) {
    return fail(ErrorCode::badArgument, std::move(message));
  };
  for (const auto& [name, value] : attributes) {
    const AttributeSpec* spec = findRow(specs, name);
    if (spec == nullptr) return bad(unknownName("attribute", name, namesOf(specs)));
    std::string what = "attribute '" + name + "' ";
    if (value.index() != spec->byDefault.index()) return bad(what + "has the wrong type");
    const auto* list = std::get_if<std::vector<std::int64_t>>(&value);
    if (list == nullptr || (spec->length == 0 ? !list->empty() : list->size() == spec->length)) {
      continue;
    }
    std::string expected = std::to_string(spec->length) + " whole numbers";
    if (spec->length == 0) expected = "one whole number or more";
    if (spec->length == 2) expected = "[h,w]";
    return bad(what.append("must be ").append(expected) + ", got " + describe(*list));
  }
  for (const AttributeSpec& spec : specs) {
    if (spec.required && !attributes.count(spec.name)) {
      return bad(std::string("attribute '") + spec.name + "' is missing");
    }
  }
  return {};
}

Error nodeError(const Node& node, const Error& error) {
  return {error.code, std::string(opName(node.op)) + " '" + node.name + "': " + error.message};
}

}  // namespace limbus
