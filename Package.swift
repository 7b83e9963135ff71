// swift-tools-version: 6.2
import PackageDescription

// Targets in dependency order: each may import only those above it that it lists.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
  name: "pawl",
  products: [.executable(name: "pawl", targets: ["pawl"])],
  dependencies: [
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
  ],
  targets: [
    .target(name: "PawlStatistics", swiftSettings: strict),
    .target(name: "PawlCore", swiftSettings: strict),
    .target(
      name: "PawlFormats", dependencies: ["PawlCore", "Yams", "TOMLKit"], swiftSettings: strict),
    .target(name: "CPawlSystem"),
    .target(
      name: "PawlSystem",
      dependencies: ["PawlCore", "CPawlSystem", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),
    .target(
      name: "PawlGate", dependencies: ["PawlStatistics", "PawlCore", "PawlFormats"], swiftSettings: strict),
    .target(name: "PawlWorkflow", dependencies: ["PawlCore", "PawlFormats"], swiftSettings: strict),
    .target(
      name: "PawlEngine", dependencies: ["PawlCore", "PawlFormats", "PawlSystem", "PawlGate"], swiftSettings: strict),
    .target(
      name: "PawlReports",
      dependencies: ["PawlCore", "PawlFormats", .product(name: "Mustache", package: "swift-mustache")],
      swiftSettings: strict),
    .executableTarget(
      name: "pawl",
      dependencies: [
        "PawlStatistics", "PawlCore", "PawlFormats", "PawlSystem", "PawlGate", "PawlWorkflow", "PawlEngine",
        "PawlReports", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict,
      linkerSettings: [
        // One static file that starts in a millisecond; Foundation's archives must be named for it.
        .unsafeFlags(
          [
            "-static-executable", "-Xlinker", "--start-group", "-lCoreFoundation", "-l_FoundationCShims",
            "-l_FoundationCollections", "-l_FoundationICU", "-lswiftSynchronization", "-lstdc++", "-Xlinker",
            "--end-group", "-Xlinker", "-s", "-Xlinker", "--gc-sections",
          ], .when(platforms: [.linux], configuration: .release))
      ]),
    .target(
      name: "PawlTestSupport", dependencies: ["PawlCore", "PawlFormats"], path: "Tests/PawlTestSupport",
      swiftSettings: strict),
    .testTarget(
      name: "PawlStatisticsTests", dependencies: ["PawlStatistics"], swiftSettings: strict),
    .testTarget(name: "PawlCoreTests", dependencies: ["PawlCore", "PawlTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "PawlFormatsTests", dependencies: ["PawlFormats", "PawlCore", "PawlTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "PawlSystemTests", dependencies: ["PawlSystem", "PawlCore", "PawlTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "PawlGateTests",
      dependencies: ["PawlGate", "PawlStatistics", "PawlCore", "PawlFormats", "PawlTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "PawlWorkflowTests", dependencies: ["PawlWorkflow", "PawlCore", "PawlFormats", "PawlTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "PawlEngineTests",
      dependencies: [
        "PawlEngine", "PawlWorkflow", "PawlCore", "PawlFormats", "PawlSystem", "PawlGate", "PawlTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "PawlReportsTests", dependencies: ["PawlReports", "PawlCore", "PawlFormats", "PawlTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ErrorRateStudy",
      dependencies: ["PawlGate", "PawlStatistics", "PawlCore", "PawlFormats", "PawlTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "ReferenceTests",
      dependencies: ["PawlStatistics", "PawlCore", "PawlFormats", "PawlGate", "PawlTestSupport"],
      exclude: ["reference"], swiftSettings: strict),
    .testTarget(
      name: "AcceptanceTests", dependencies: ["PawlCore", "PawlFormats", "PawlTestSupport"], swiftSettings: strict),
  ]
)
