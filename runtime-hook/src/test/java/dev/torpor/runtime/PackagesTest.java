// SPDX-License-Identifier: Apache-2.0
package dev.torpor.runtime;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The order of the packages that docs/architecture.md describes. */
class PackagesTest {
  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.torpor");
  }

  @Test
  void noPackageDependsOnItselfThroughOthers() {
    slices().matching("dev.torpor.(*)..").should().beFreeOfCycles().check(classes);
  }

  @Test
  void frontEndsDoNotGoRoundInACircle() {
    slices().matching("dev.torpor.runtime.(*)..").should().beFreeOfCycles().check(classes);
  }

  @Test
  void theOrderOfAnOperationKnowsTheRoomsAndNotTheReverse() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.torpor.task..",
            "dev.torpor.signal..",
            "dev.torpor.timer..",
            "dev.torpor.memory..",
            "dev.torpor.file..",
            "dev.torpor.image..",
            "dev.torpor.inject..",
            "dev.torpor.proc..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.torpor.core..", "dev.torpor.runtime..")
        .check(classes);
  }

  @Test
  void onlyNativeUsesJna() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.torpor.linux..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.sun.jna..")
        .check(classes);
  }

  @Test
  void onlyOciSpecReadsJsonOfEngines() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.torpor.oci..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.fasterxml.jackson.databind..")
        .check(classes);
  }
}
