package import PawlCore
import PawlFormats

/// `pawl power --format json` and `power.json`: schema `pawl.power/1`. Chances in [0, 1], margins in the metric's unit.
package enum PowerJSON {
  package static func render(_ report: PowerReport) -> String {
    var json = JSONWriter(.pretty)
    json.object { json in
      json.member("schema", "pawl.power/1")
      json.member("title", report.title)
      json.key("plan")
      if let plan = report.plan { self.plan(plan, &json) } else { json.null() }
      json.key("rules")
      json.array { json in for power in report.rules { rule(power, &json) } }
      json.key("replay")
      json.object { json in
        json.member("share-blocked", report.shareBlocked)
        json.key("runs")
        json.array { json in for run in report.replay { replayed(run, &json) } }
      }
      json.member("caveats", report.caveats.map(Numbers.forMachines))
      json.member("remedies", report.remedies)
    }
    json.newline()
    return json.text
  }

  private static func plan(_ plan: PowerPlan, _ json: inout JSONWriter) {
    json.object { json in
      switch plan.kind {
      case .outcomes(let disagreement):
        json.member("kind", "outcomes")
        json.member("disagreement", disagreement)
      case .mean(let deviation):
        json.member("kind", "mean")
        json.member("deviation", deviation)
      case .area(let positives, let negatives, let area, let correlation):
        json.member("kind", "auc")
        json.member("positives", positives)
        json.member("negatives", negatives)
        json.member("auc", area)
        json.member("correlation", correlation)
      }
      json.member("rows", plan.rows)
      json.member("margin", plan.margin)
      json.member("alpha", plan.alpha)
      json.key("test-set")
      if let testSet = plan.testSet {
        json.object { json in
          json.member("budget", testSet.budget)
          json.member("feedback", testSet.feedback.rawValue)
          json.member("alpha", plan.lookAlpha)
        }
      } else {
        json.null()
      }
      json.member("rows-needed", plan.rowsNeeded)
      json.member("rows-needed-one-look", plan.rowsOneLook)
      chances(plan.chances, &json)
      json.key("options")
      json.array { json in
        for option in plan.options {
          json.object { json in
            json.member("margin", option.margin)
            json.member("rows-needed", option.rowsNeeded)
            chances(option.chances, &json)
          }
        }
      }
      curve(plan.curve, &json)
    }
  }

  private static func rule(_ power: RulePower, _ json: inout JSONWriter) {
    json.object { json in
      json.member("gate", power.gate)
      json.member("rule", power.rule.name)
      json.member("line", power.rule.line)
      json.member("metric", power.rule.metric)
      json.member("exhibit", power.exhibit)
      json.member("test", power.test)
      json.member("rows", power.rows)
      json.member("replicates", power.replicates)
      json.member("disagreement", power.disagreement)
      json.member("assumed", power.disagreement == nil ? nil : power.assumesDisagreement)
      json.member("alpha", power.alpha)
      json.member("margin", power.margin)
      chances(power.chances, &json)
      json.key("equal-models")
      if let equal = power.equal { self.equal(equal, &json) } else { json.null() }
      json.key("seeds")
      if let seeds = power.seeds {
        json.object { json in
          json.member("count", seeds.seeds)
          json.member("deviation", seeds.deviation)
          json.member("tight", seeds.isTight)
          json.member("flat", seeds.isFlat)
        }
      } else {
        json.null()
      }
      json.member("caveats", power.caveats.map(Numbers.forMachines))
      curve(power.curve, &json)
    }
  }

  private static func chances(_ chances: PowerChances?, _ json: inout JSONWriter) {
    json.key("chances")
    guard let chances else { return json.null() }
    json.object { json in
      json.member("equal-passes", chances.equalPasses)
      json.member("equal-fails", chances.equalFails)
      json.member("equal-inconclusive", chances.equalInconclusive)
      json.member("block-stops-equal", chances.blockStopsEqual)
      json.member("point-stops-equal", chances.pointStopsEqual)
      json.member("margin-passes", chances.marginPasses)
      json.member("smallest-loss-seen", chances.smallestLossSeen)
      json.member("margin-decided", chances.marginDecided)
    }
  }

  private static func equal(_ equal: EqualModels, _ json: inout JSONWriter) {
    json.object { json in
      json.member("made", equal.made.rawValue)
      json.member("draws", equal.draws)
      json.member("passes", equal.passes)
      json.member("fails", equal.fails)
      json.member("inconclusive", equal.inconclusive)
      json.member("block-stops", equal.blockStops)
      json.member("point-stops", equal.pointStops)
    }
  }

  private static func curve(_ points: [PowerPoint], _ json: inout JSONWriter) {
    json.key("curve")
    json.array { json in
      for point in points {
        json.object { json in
          json.member("loss", point.loss)
          json.member("passes", point.passes)
          json.member("fails", point.fails)
        }
      }
    }
  }

  private static func replayed(_ run: Replayed, _ json: inout JSONWriter) {
    json.object { json in
      json.member("run", run.run)
      json.member("time", run.time?.rfc3339)
      json.member("gate", run.gate)
      json.member("then", run.verdict?.rawValue)
      json.member("now", run.now.rawValue)
      json.member("blocks", run.blocks)
    }
  }
}
