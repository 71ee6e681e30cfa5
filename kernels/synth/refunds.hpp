#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernels/synth/actors.hpp"
#include "kernels/synth/consignment.hpp"
#include "kernels/synth/offices.hpp"
#include "kernels/synth/tariff.hpp"

namespace tarifa::kernels
{

/// Exports for which value added tax is refunded: docs/methods/synthetic-refunds.md.
struct RefundSettings
{
  double fake = 0.015;        ///< 0 .. 1 share of the exports that are fake, about
  double fake_size = 0.8;     ///< 0 .. 1 typical share of the value of a fake export that never left
  double careful = 0.3;       ///< 0 .. 1 of the fakes, with times that could be true
  double look_alikes = 0.01;  ///< 0 .. 1 of the true exports, with times that could not
};

/// Why a true export has times that could not be.
enum class TimeOddity : std::uint8_t
{
  none,
  wrong_clock,       ///< somebody wrote the wrong day
  lodged_under_way,  ///< declared when the goods were at the exit already
};
inline constexpr std::size_t time_oddity_count = 3;
std::string_view name_of(TimeOddity oddity);

/// One export declaration with a claim. Money in US cents, mass in 0.01 kg.
struct Export
{
  std::int64_t number = 0, day = 0;  ///< row of the year; day of the year
  std::uint32_t reporter = 0, destination = 0, product = 0;
  std::uint32_t office = 0, exit_office = 0, road_km = 0;
  Importer trader;
  Transport transport = Transport::sea;
  std::int64_t net = 0, value = 0, refund = 0;
  std::uint32_t vat_per_mille = 0;
  Minute lodged = 0, exited = 0;
  bool on_manifest = false;  ///< a carrier's manifest has the goods
  bool is_fake = false, is_careful = false;
  TimeOddity oddity = TimeOddity::none;
  std::int64_t true_value = 0, refund_due = 0;
  double fraud_probability = 0;
};

/// Columns of what is true of the rows, all of one length.
struct RefundTruth
{
  std::vector<std::int64_t> declaration, true_value, refund_due;
  std::vector<std::int32_t> exporter, seat, person;
  std::vector<std::int8_t> is_fake, is_careful, oddity;
  std::vector<double> fraud_probability;
};

/// Exports of one year. Every one is a function of (seed, settings, year, rows, its number).
class RefundMaker
{
 public:
  RefundMaker(World const& world, Actors const& actors, int year, std::int64_t rows,
              RefundSettings const& settings);

  Export make(std::int64_t row) const;
  /// Rows first .. first + count - 1.
  void append(std::int64_t first, std::int64_t count, std::string& out, RefundTruth* truth) const;
  /// [km] By road between two offices of a reporter, at least 1.
  std::uint32_t road_km(std::uint32_t reporter, std::uint32_t a, std::uint32_t b) const noexcept;

 private:
  struct Place
  {
    double east_km, north_km;
  };
  Place place(std::uint32_t reporter, std::uint32_t office) const noexcept;
  void route(Export& made, Draws const& draws) const;
  void goods(Export& made, Draws const& draws) const;
  void times(Export& made, Draws const& draws) const;
  double typical(Draws const& draws, std::uint64_t purpose, double median, Fixed spread) const noexcept;

  World const& world_;
  Actors const& actors_;
  Tariff tariff_;
  RefundSettings settings_;
  int year_;
  std::int64_t rows_, days_;
  Day first_day_;
  std::uint64_t stream_;
};

/// Least time a lorry needs: minutes at 90 km/h without a stop.
constexpr std::int64_t least_minutes(std::uint32_t road_km) noexcept
{
  return std::int64_t{road_km} * 60 / 90;
}

/// Names of the 18 columns, with the line feed.
std::string_view refunds_header();

}  // namespace tarifa::kernels
