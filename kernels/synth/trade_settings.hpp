#pragma once

namespace tarifa::kernels
{

/// What makes the two reports of a flow differ: docs/methods/synthetic-trade.md. Each is switched off by 0.
struct TradeSettings
{
  double freight = 1;        ///< times the freight and insurance of the default world
  double lag = 1;            ///< times the days under way
  double re_exports = 0.12;  ///< share of the flows that go through a hub
  double exchange = 0.5;     ///< share of the flows invoiced in the exporter's currency, not in dollars
  double misinvoicing =
      0.05;  ///< share of the flows, about, that are declared at a false value; more under duty
  double evasion_by_code =
      0.03;  ///< share of the dutiable flows, about, that are declared under a cheaper code
  double classification = 0.5;   ///< share of the flows whose two sides put some or all under different codes
  double error = 1;              ///< times the reporting errors of each country
  double slips = 0.12;           ///< share of the reports with a gross error
  double missing_reporters = 1;  ///< times the share of countries that deliver no statistics
  double threshold = 1;          ///< times the value below which a country does not report
  double confidential_reporters = 0.1;  ///< share of the countries that hide partners
  double confidential = 0.2;            ///< share of the headings for which they do
  double unit_changes = 0.3;            ///< share of the countries that change the unit of quantity in a year
};

}  // namespace tarifa::kernels
