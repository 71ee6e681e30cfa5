// What Options says about itself: the config it prints and the help it gives.
#include <algorithm>
#include <cctype>
#include <ostream>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/run/config_text.hpp"
#include "pipeline/run/options.hpp"

namespace tarifa
{
namespace
{

constexpr std::size_t text_width = 100;
constexpr std::size_t help_column = 34;

/// `text` broken at blanks, every line after the first behind `indent` blanks.
std::string wrapped(std::string_view text, std::size_t indent)
{
  std::string out;
  std::size_t used = 0;
  for (std::size_t at = 0; at < text.size();)
  {
    std::size_t const end = std::min(text.find(' ', at), text.size());
    std::string_view const word = text.substr(at, end - at);
    if (used > 0 && indent + used + 1 + word.size() > text_width)
    {
      out += "\n" + std::string(indent, ' ');
      used = 0;
    }
    out += (used > 0 ? " " : "") + std::string(word);
    used += (used > 0 ? 1 : 0) + word.size();
    at = end + 1;
  }
  return out;
}

void line(std::ostream& out, std::string const& head, std::string const& help)
{
  bool const fits = head.size() + 2 <= help_column;
  out << head << (fits ? std::string(help_column - head.size(), ' ') : "\n" + std::string(help_column, ' '))
      << wrapped(help, help_column) << "\n";
}

std::string upper(std::string text)
{
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

}  // namespace

std::string Option::facts() const
{
  std::vector<std::string> facts;
  if (required_)
  {
    facts.emplace_back("needed");
  }
  else if (!default_.empty())
  {
    facts.push_back("default " + default_);
  }
  if (!limits_.empty() && limits_.find(',') == limits_.npos)
  {
    facts.push_back(limits_);
  }
  return facts.empty() ? "" : fmt::format(" ({})", fmt::join(facts, "; "));
}

void Option::print(std::ostream& out) const
{
  out << "# " << help_ << (limits_.empty() ? "" : ": " + limits_)
      << (origin_.empty() ? "" : " (" + origin_ + ")") << "\n";
  auto const values = show_();
  for (std::string const& value : values)
  {
    out << name_ << " = " << config_value(value) << "\n";
  }
  if (values.empty())
  {
    out << "# " << name_ << " =\n";
  }
}

std::string Options::words() const
{
  std::string text;
  for (auto const place : {Option::Place::one_word, Option::Place::many_words})
  {
    for (Option const& option : options_)
    {
      if (option.place_ == place)
      {
        text += " " + upper(option.name_) + (place == Option::Place::many_words ? "..." : "");
      }
    }
  }
  return text;
}

void Options::print(std::ostream& out) const
{
  std::vector<std::string> sections;
  for (Option const& option : options_)
  {
    if (std::find(sections.begin(), sections.end(), option.section_) == sections.end())
    {
      sections.push_back(option.section_);
    }
  }
  for (std::string const& section : sections)
  {
    out << (section == sections.front() ? "" : "\n") << "[" << section << "]\n";
    for (Option const& option : options_)
    {
      if (option.section_ == section)
      {
        option.print(out);
      }
    }
  }
}

std::string Options::text_for_result() const
{
  Options stored;
  std::copy_if(options_.begin(), options_.end(), std::back_inserter(stored.options_),
               [](Option const& option) { return option.in_result_; });
  for (Option& option : stored.options_)
  {
    option.origin_.clear();  // a default that is spelt out makes the same result
  }
  std::ostringstream text;
  stored.print(text);
  return text.str();
}

void Options::describe(std::ostream& out) const
{
  for (Option const& option : options_)
  {
    if (option.place_ != Option::Place::option)
    {
      bool const many = option.place_ == Option::Place::many_words;
      line(out, "  " + upper(option.name_) + (many ? "..." : ""), option.help_ + option.facts());
    }
  }
  std::string open;
  for (Option const& option : options_)
  {
    if (option.place_ == Option::Place::option)
    {
      bool const common = option.section_ == "run";
      if (option.section_ != open)
      {
        out << (common ? "\nfor every job (section [run])\n" : "\n");
        open = option.section_;
      }
      line(out, fmt::format("  --{} {}", common ? option.name_ : option.full(), option.form_),
           option.help_ + option.facts());
    }
  }
}

}  // namespace tarifa
