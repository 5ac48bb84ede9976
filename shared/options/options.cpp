#include "shared/options/options.h"

namespace limbus {

void OptionVisitor::whole(const char* key, int& value, Limits limits, About about) {
  std::int64_t wide = value;
  whole(key, wide, limits, about);
  value = static_cast<int>(wide);
}

}  // namespace limbus
