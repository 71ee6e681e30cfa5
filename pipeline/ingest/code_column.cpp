#include "pipeline/ingest/code_column.hpp"

#include <algorithm>
#include <array>

#include "pipeline/source/ini.hpp"

namespace tarifa
{

CodeColumn::CodeColumn(SourceColumn const& column, Source const& source) : column_(column), source_(source)
{
  for (CodeEntry const& entry : column.codes)
  {
    listed_[entry.code].push_back(&entry);
  }
}

std::uint32_t CodeColumn::code_of_constant()
{
  if (!constant_code_)
  {
    bool is_marked = column_.constant.empty();
    std::string const text = is_marked ? "" : clean(column_.constant, Encoding::utf8, is_marked);
    constant_code_ = is_marked ? missing : code_of_clean(text);
  }
  return *constant_code_;
}

void CodeColumn::codes_of(FieldColumn const& fields, std::uint32_t* codes)
{
  auto const resolved = [this](std::string_view text) { return resolve(text); };
  std::size_t const records = fields.size();
  if (lookup_.is_small())
  {
    for (std::size_t record = 0; record < records; ++record)
    {
      std::uint32_t const begin = fields.begin(record);
      std::string_view const raw(fields.text() + begin, fields.end(record) - begin);
      codes[record] = raw.empty()
                          ? missing
                          : lookup_.find(TextLookup::key_of(raw.data(), raw.size(), begin), raw, resolved);
    }
    return;
  }
  // So many slots are on their way from memory at once, and still in the first-level cache when looked at.
  constexpr std::size_t group = 32;
  std::array<TextLookup::Key, group> keys;
  std::array<std::string_view, group> raws;
  for (std::size_t first = 0; first < records; first += group)
  {
    std::size_t const count = std::min(group, records - first);
    for (std::size_t i = 0; i < count; ++i)
    {
      std::uint32_t const begin = fields.begin(first + i);
      raws[i] = {fields.text() + begin, fields.end(first + i) - begin};
      if (!raws[i].empty())
      {
        keys[i] = TextLookup::key_of(raws[i].data(), raws[i].size(), begin);
        lookup_.prefetch(keys[i]);
      }
    }
    for (std::size_t i = 0; i < count; ++i)
    {
      codes[first + i] = raws[i].empty() ? missing : lookup_.find(keys[i], raws[i], resolved);
    }
  }
}

/// What raw text stands for: quotes off, blanks cut, in UTF-8, mapped, in upper case.
std::string CodeColumn::clean(std::string_view raw, Encoding encoding, bool& is_marked) const
{
  std::string scratch;
  std::string_view view = raw;
  char const quote = source_.dialect.quote;
  bool const quoted = quote != 0 && raw.front() == quote;
  if (quoted)
  {
    view = unquoted(raw, quote, scratch);
  }
  view = trimmed(view);
  std::string text;
  if (encoding == Encoding::latin1)
  {
    append_latin1_as_utf8(view, text);
  }
  else
  {
    text = view;
  }
  auto const mapped = std::find_if(column_.map.begin(), column_.map.end(),
                                   [&text](auto const& entry) { return entry.first == text; });
  text = mapped != column_.map.end() ? mapped->second : text;
  bool const may_be_mark = source_.missing_when_quoted || !quoted;
  is_marked =
      text.empty()
      || (may_be_mark
          && std::find(column_.missing.begin(), column_.missing.end(), text) != column_.missing.end());
  if (column_.upper_case)
  {
    fold_upper(text);
  }
  return text;
}

std::uint32_t CodeColumn::resolve(std::string_view raw)
{
  bool is_marked = false;
  std::string const text = clean(raw, source_.encoding, is_marked);
  if (is_marked)
  {
    return missing;
  }
  // As long as every text stood in the file as it is, none can come twice, and nobody need look.
  return all_clean_ && text == raw ? add(text) : code_of_clean(text);
}

/// Code of a text that may have come before in another shape.
std::uint32_t CodeColumn::code_of_clean(std::string_view text)
{
  for (std::uint32_t code = 0; all_clean_ && code < texts_.size(); ++code)
  {
    codes_.find(texts_[code], [code](std::string_view) { return code; });
  }
  all_clean_ = false;
  return codes_.find(text, [this](std::string_view new_text) { return add(new_text); });
}

std::uint32_t CodeColumn::add(std::string_view text)
{
  if (!listed_.empty())
  {
    auto const entries = listed_.find(text);
    if (entries == listed_.end())
    {
      return not_listed;
    }
    dated_.push_back(entries->second);
  }
  texts_.emplace_back(text);
  return static_cast<std::uint32_t>(texts_.size() - 1);
}

bool CodeColumn::is_valid_on(std::uint32_t code, std::int64_t days) const
{
  if (listed_.empty())
  {
    return true;
  }
  auto const& entries = dated_[code];
  return entries.empty()
         || std::any_of(entries.begin(), entries.end(),
                        [days](CodeEntry const* entry) {
                          return (!entry->from || *entry->from <= days) && (!entry->to || days <= *entry->to);
                        });
}

void fold_upper(std::string& text)
{
  for (char& letter : text)
  {
    letter = letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  }
}

}  // namespace tarifa
