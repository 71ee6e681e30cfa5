#include "pipeline/csv/field_parser.hpp"

namespace tarifa
{
namespace
{

/// [bytes] of the ASCII at the front of the text, found eight or sixteen bytes at a time.
std::size_t ascii_prefix(std::string_view text)
{
  std::size_t at = 0;
  while (at + 16 <= text.size()
         && ((digits::load8(text.data() + at) | digits::load8(text.data() + at + 8)) & digits::high_bits)
                == 0)
  {
    at += 16;
  }
  while (at + 8 <= text.size() && (digits::load8(text.data() + at) & digits::high_bits) == 0)
  {
    at += 8;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80)
  {
    ++at;
  }
  return at;
}

/// [bytes] of the well-formed character of two to four bytes at the front (Unicode 15, table 3-7); 0 when
/// there is none.
std::size_t character_bytes(std::string_view text)
{
  auto const byte = [&](std::size_t k) { return static_cast<unsigned char>(text[k]); };
  unsigned const first = byte(0);
  if (first < 0xC2 || first > 0xF4)
  {
    return 0;
  }
  std::size_t const bytes = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() < bytes)
  {
    return 0;
  }
  // The second byte shuts out overlong forms, surrogates and what lies beyond U+10FFFF.
  unsigned const least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned const most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  bool good = byte(1) >= least && byte(1) <= most;
  for (std::size_t k = 2; k < bytes; ++k)
  {
    good &= (byte(k) & 0xC0) == 0x80;
  }
  return good ? bytes : 0;
}

}  // namespace

bool is_utf8(std::string_view text)
{
  for (;;)
  {
    text.remove_prefix(ascii_prefix(text));
    if (text.empty())
    {
      return true;
    }
    std::size_t const bytes = character_bytes(text);
    if (bytes == 0)
    {
      return false;
    }
    text.remove_prefix(bytes);
  }
}

void append_latin1_as_utf8(std::string_view text, std::string& out)
{
  while (!text.empty())
  {
    std::size_t const plain = ascii_prefix(text);
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    for (; !text.empty() && static_cast<unsigned char>(text.front()) >= 0x80; text.remove_prefix(1))
    {
      auto const code = static_cast<unsigned char>(text.front());
      out += static_cast<char>(0xC0 | (code >> 6));
      out += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
}

}  // namespace tarifa
