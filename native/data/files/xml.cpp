#include "native/data/files/xml.h"

#ifdef LIMBUS_WITH_XML
#include <pugixml.hpp>
#include <sstream>
#endif

namespace limbus {

const XmlElement* XmlElement::child(const std::string& wanted) const {
  for (const XmlElement& one : children) {
    if (one.name == wanted) return &one;
  }
  return nullptr;
}

std::string XmlElement::textOf(const std::string& wanted) const {
  const XmlElement* found = child(wanted);
  return found == nullptr ? "" : found->text;
}

std::string XmlElement::attribute(const std::string& wanted) const {
  const auto found = attributes.find(wanted);
  return found == attributes.end() ? "" : found->second;
}

#ifdef LIMBUS_WITH_XML

namespace {

constexpr int kLevels = 64;

bool copy(const pugi::xml_node& node, int level, XmlElement& out) {
  if (level > kLevels) return false;
  out.name = node.name();
  out.text = node.text().get();
  for (const pugi::xml_attribute& one : node.attributes()) out.attributes[one.name()] = one.value();
  for (const pugi::xml_node& below : node.children()) {
    if (below.type() != pugi::node_element) continue;
    out.children.emplace_back();
    if (!copy(below, level + 1, out.children.back())) return false;
  }
  return true;
}

tl::unexpected<Error> noXml(const pugi::xml_parse_result& parsed) {
  return fail(ErrorCode::badData, "no XML: " + std::string(parsed.description()) + " at byte " +
                                      std::to_string(parsed.offset));
}

}  // namespace

Result<XmlElement> parseXml(std::string_view text) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed =
      document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_trim_pcdata);
  if (!parsed) return noXml(parsed);
  XmlElement root;
  if (!copy(document.document_element(), 0, root)) {
    return fail(ErrorCode::badData,
                "XML of more than " + std::to_string(kLevels) + " levels is not read");
  }
  return root;
}

Result<std::string> withXmlTexts(std::string_view text, const XmlTexts& texts) {
  if (texts.empty()) return std::string(text);
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(
      text.data(), text.size(), pugi::parse_full | pugi::parse_ws_pcdata, pugi::encoding_utf8);
  if (!parsed) return noXml(parsed);
  for (const auto& [path, value] : texts) {
    const pugi::xml_node node = document.document_element().first_element_by_path(path.c_str());
    if (!node) return fail(ErrorCode::badData, "expected an element " + path + " in it");
    node.text().set(value.c_str());
  }
  // pugixml keeps no blanks around the outermost element.
  const pugi::xml_node root = document.document_element();
  const std::size_t begin = static_cast<std::size_t>(root.offset_debug()) - 1;
  const std::size_t end = text.find('>', text.rfind("</" + std::string(root.name())));
  std::ostringstream out;
  out << text.substr(0, begin);
  root.print(out, "", pugi::format_raw, pugi::encoding_utf8);
  out << text.substr(end + 1);
  return out.str();
}

#else

namespace {
tl::unexpected<Error> withoutXml() {
  return fail(ErrorCode::unsupported,
              "this build has no XML support; install pugixml's development files and build again");
}
}  // namespace

Result<XmlElement> parseXml(std::string_view) { return withoutXml(); }
Result<std::string> withXmlTexts(std::string_view, const XmlTexts&) { return withoutXml(); }

#endif

}  // namespace limbus
