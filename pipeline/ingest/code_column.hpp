#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pipeline/csv/field_column.hpp"
#include "pipeline/ingest/text_lookup.hpp"
#include "pipeline/source/source.hpp"

namespace tarifa
{

/// Turns the raw texts of one code column into provisional codes, in order of first appearance on this
/// thread. Trimming, marks of missing values, mapping, case folding, encoding and the code list are worked
/// out once per different raw text and remembered.
class CodeColumn
{
 public:
  CodeColumn(SourceColumn const& column, Source const& source);

  /// Provisional codes of the fields of one column, or the two answers below. [fields.size()]
  void codes_of(FieldColumn const& fields, std::uint32_t* codes);
  /// The same for the constant of the column, which is UTF-8 whatever the files are.
  std::uint32_t code_of_constant();
  static constexpr std::uint32_t missing = 0xFFFFFFFF;
  static constexpr std::uint32_t not_listed = 0xFFFFFFFE;

  /// True when the code list has `code` valid on that day.
  bool is_valid_on(std::uint32_t code, std::int64_t days) const;

  std::vector<std::string> const& texts() const noexcept { return texts_; }
  std::vector<std::string> release_texts() { return std::move(texts_); }  ///< at the end

 private:
  std::string clean(std::string_view raw, Encoding encoding, bool& is_marked) const;
  std::uint32_t resolve(std::string_view raw);
  std::uint32_t code_of_clean(std::string_view text);
  std::uint32_t add(std::string_view text);

  SourceColumn const& column_;
  Source const& source_;
  TextLookup lookup_;
  TextLookup codes_;  ///< clean text -> code, once a text did not stand in the file as it is
  bool all_clean_ = true;
  std::optional<std::uint32_t> constant_code_;
  std::vector<std::string> texts_;                    ///< [codes]
  std::vector<std::vector<CodeEntry const*>> dated_;  ///< [codes] entries of the code list
  std::unordered_map<std::string_view, std::vector<CodeEntry const*>> listed_;
};

/// Folds ASCII letters to upper case.
void fold_upper(std::string& text);

}  // namespace tarifa
