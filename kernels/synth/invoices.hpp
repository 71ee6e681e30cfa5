#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/exporters.hpp"
#include "kernels/synth/tariff.hpp"

namespace tarifa::kernels
{

/// Invoices between traders: docs/methods/synthetic-invoices.md. Shares, 0 .. 1.
struct InvoiceSettings
{
  double carousel = 0.01;       ///< of the invoices, legs of a carousel, about
  double carousel_size = 0.08;  ///< by which a missing trader sells below what it paid, typically
  double circular = 0.01;       ///< of the invoices, legs of an honest circle, about
  double below_cost = 0.03;     ///< of the other sales, honest ones below cost
  double insolvent = 0.003;     ///< of the other sales, tax never paid for want of money
};

enum class InvoiceKind : std::uint8_t
{
  domestic,
  acquisition,  ///< from abroad: no tax on the invoice
  dispatch,     ///< to a buyer abroad: no tax, and the seller has back what it paid
};
std::string_view name_of(InvoiceKind kind);

/// What a seller is in a carousel.
enum class ChainRole : std::uint8_t
{
  ordinary,        ///< in none
  conduit,         ///< abroad: sells to the missing trader and buys from the broker
  missing_trader,  ///< charges tax and is gone with it
  buffer,          ///< stands between
  broker,          ///< sends the goods abroad and claims the tax back
};
inline constexpr std::size_t chain_role_count = 5;
std::string_view name_of(ChainRole role);

/// Honest, and looks like it.
enum class ChainOddity : std::uint8_t
{
  none,
  circle,      ///< goods that come back to who sold them, with all tax paid
  below_cost,  ///< sold for less than they were bought for
  insolvent,   ///< the tax charged was never paid
};
inline constexpr std::size_t chain_oddity_count = 4;
std::string_view name_of(ChainOddity oddity);

struct Trader
{
  std::uint32_t number = 0;
  bool is_abroad = false;
};

/// Money in US cents, mass in 0.01 kg.
struct Invoice
{
  std::int64_t number = 0, day = 0;  ///< row of the year; day of the year
  std::int64_t chain = 0;            ///< row of the first invoice of the same lot
  std::uint32_t reporter = 0, product = 0;
  InvoiceKind kind = InvoiceKind::domestic;
  Trader seller, buyer;
  std::int64_t net = 0, value = 0, vat = 0, vat_paid = 0;
  ChainRole role = ChainRole::ordinary;
  ChainOddity oddity = ChainOddity::none;
  std::uint32_t ring = 0;  ///< of a carousel, from 1 within the reporter; 0 = none
};

/// Columns of what is true of the rows, all of one length.
struct InvoiceTruth
{
  std::vector<std::int64_t> invoice, chain, vat_paid;
  std::vector<std::int8_t> is_carousel, role, oddity;
  std::vector<std::int32_t> ring;
};

inline constexpr std::int64_t invoices_per_span = 8;

/// Invoices of one year. Every span of eight rows is a function of (seed, settings, year, rows, its number).
class InvoiceMaker
{
 public:
  InvoiceMaker(World const& world, Actors const& actors, int year, std::int64_t rows,
               InvoiceSettings const& settings);

  /// Rows 8 k .. 8 k + 7, those that there are.
  std::vector<Invoice> make(std::int64_t k) const;
  /// Rows first .. first + count - 1; `first` is a multiple of invoices_per_span.
  void append(std::int64_t first, std::int64_t count, std::string& out, InvoiceTruth* truth) const;

 private:
  struct Lot
  {
    std::uint32_t reporter, product;
    std::int64_t net, value, day;
  };

  Importer trader(std::uint32_t reporter, std::uint64_t bits, Day day) const;
  Importer customer(Importer const& seller, Draws const& draws, Day day) const;
  Importer missing_trader(std::uint32_t reporter, Draws const& ring, Day day) const;
  void add_member(std::vector<Importer>& members, std::uint32_t reporter, std::uint32_t rank, Day day) const;
  Lot lot(std::uint32_t reporter, std::uint32_t product, Draws const& draws, std::int64_t day) const;
  void carousel(std::vector<Invoice>& rows, Invoice const& like, Draws const& draws, std::size_t legs) const;
  void circle(std::vector<Invoice>& rows, Invoice const& like, Draws const& draws, std::size_t legs) const;
  void chain(std::vector<Invoice>& rows, Invoice const& like, std::size_t legs) const;
  void charge(Invoice& invoice) const;
  std::int64_t later(std::int64_t day, std::int64_t by) const noexcept;
  Draws draws(std::int64_t row) const noexcept { return {stream_, static_cast<std::uint64_t>(row)}; }

  World const& world_;
  Actors const& actors_;
  Exporters exporters_;
  Tariff tariff_;
  InvoiceSettings settings_;
  int year_;
  std::int64_t rows_, days_;
  Day first_day_;
  std::uint64_t stream_;
};

/// Names of the 11 columns, with the line feed.
std::string_view invoices_header();

}  // namespace tarifa::kernels
