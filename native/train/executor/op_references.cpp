#include "native/train/executor/op_references.h"

#include "native/train/executor/reference_cells.h"

namespace limbus {

const std::vector<OpReference>& opReferences() {
  static const std::vector<OpReference> rows = [] {
    std::vector<OpReference> all;
    for (auto family : {windowReferences, valueReferences, planeReferences}) {
      for (const OpReference& row : family()) all.push_back(row);
    }
    return all;
  }();
  return rows;
}

const OpReference* opReference(Op op) {
  for (const OpReference& row : opReferences()) {
    if (row.op == op) return &row;
  }
  return nullptr;
}

}  // namespace limbus
