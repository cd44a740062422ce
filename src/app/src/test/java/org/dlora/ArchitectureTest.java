package org.dlora;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.scheduler.Schedulers;

/** The packages' dependencies on each other and on libraries, and rules on their names. */
class ArchitectureTest {

    private static final String ROOT = "org.dlora";

    /** Packages that each package may use; {@code app} may use all. */
    private static final Map<String, Set<String>> MAY_USE =
            Map.ofEntries(
                    Map.entry("background", Set.of()),
                    Map.entry("audit", Set.of()),
                    Map.entry("tensor", Set.of()),
                    Map.entry("device", Set.of("tensor")),
                    Map.entry("template", Set.of()),
                    Map.entry("constraint", Set.of()),
                    Map.entry("model", Set.of("tensor", "device", "template", "constraint")),
                    Map.entry("adapter", Set.of("background", "tensor", "device", "model")),
                    Map.entry("scheduling", Set.of()),
                    Map.entry("replica", Set.of("scheduling", "constraint")),
                    Map.entry(
                            "engine",
                            Set.of(
                                    "background",
                                    "constraint",
                                    "replica",
                                    "scheduling",
                                    "model",
                                    "adapter",
                                    "device",
                                    "tensor")),
                    Map.entry(
                            "cluster",
                            Set.of(
                                    "background",
                                    "audit",
                                    "constraint",
                                    "replica",
                                    "engine",
                                    "scheduling",
                                    "adapter",
                                    "model",
                                    "device",
                                    "tensor")),
                    Map.entry(
                            "catalogue",
                            Set.of(
                                    "cluster",
                                    "background",
                                    "audit",
                                    "constraint",
                                    "replica",
                                    "engine",
                                    "scheduling",
                                    "adapter",
                                    "model",
                                    "device",
                                    "tensor")),
                    Map.entry(
                            "store",
                            Set.of(
                                    "audit",
                                    "background",
                                    "adapter",
                                    "catalogue",
                                    "cluster",
                                    "replica",
                                    "security")),
                    Map.entry(
                            "api",
                            Set.of(
                                    "operate",
                                    "audit",
                                    "background",
                                    "constraint",
                                    "catalogue",
                                    "cluster",
                                    "replica",
                                    "engine",
                                    "scheduling",
                                    "adapter",
                                    "model",
                                    "template",
                                    "tensor",
                                    "security")),
                    Map.entry(
                            "console",
                            Set.of(
                                    "operate",
                                    "api",
                                    "catalogue",
                                    "cluster",
                                    "replica",
                                    "engine",
                                    "scheduling",
                                    "adapter",
                                    "model",
                                    "template",
                                    "tensor",
                                    "security")),
                    Map.entry("security", Set.of("audit", "background")),
                    Map.entry(
                            "operate",
                            Set.of(
                                    "audit",
                                    "background",
                                    "adapter",
                                    "catalogue",
                                    "cluster",
                                    "engine",
                                    "replica",
                                    "scheduling",
                                    "security")),
                    Map.entry("workload", Set.of()),
                    Map.entry("simulation", Set.of("replica", "scheduling", "workload")),
                    Map.entry(
                            "bench",
                            Set.of(
                                    "workload",
                                    "device",
                                    "engine",
                                    "replica",
                                    "scheduling",
                                    "model",
                                    "tensor")));

    /** Most files of main code in one package, its {@code package-info.java} aside. */
    private static final int MOST_FILES = 40;

    private static final String[] SPRING_PACKAGES =
            packages("store", "api", "console", "security.web", "app");

    private static final JavaClasses PRODUCT =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .withImportOption(location ->
                            !location.contains("-tests.jar") && !location.contains("/src/testing/"))
                    .importPackages(ROOT);

    @ParameterizedTest
    @MethodSource("packagesOfTheTable")
    void packageUsesOnlyWhatTheTableAllows(String name) {
        String[] allowed =
                packages(
                        Stream.concat(Stream.of(name), MAY_USE.get(name).stream())
                                .toArray(String[]::new));
        check(
                noClasses()
                        .that()
                        .resideInAPackage(packageOf(name))
                        .should()
                        .dependOnClassesThat(
                                resideInAPackage(ROOT + "..")
                                        .and(not(resideInAnyPackage(allowed)))));
    }

    static Stream<String> packagesOfTheTable() {
        return MAY_USE.keySet().stream().sorted();
    }

    @Test
    void everyClassLivesInAPackageOfTheTable() {
        String[] known =
                packages(
                        Stream.concat(Stream.of("app"), MAY_USE.keySet().stream())
                                .toArray(String[]::new));
        check(classes().should().resideInAnyPackage(known));
    }

    /** Pages and endpoints of clients share {@code api.web}, and nothing else of each other. */
    @Test
    void pagesDoNotKnowTheEndpointsOfClients() {
        check(
                noClasses()
                        .that()
                        .resideInAPackage(packageOf("console"))
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(packageOf("api.openai")));
    }

    @Test
    void packagesAreFreeOfCycles() {
        check(slices().matching(ROOT + ".(**)").should().beFreeOfCycles());
    }

    /** The whole is made of its parts, so that a part can be read and tested without it. */
    @ParameterizedTest
    @ValueSource(strings = {"cluster", "catalogue"})
    void partsDoNotKnowTheWhole(String whole) {
        check(
                noClasses()
                        .that()
                        .resideInAPackage(ROOT + "." + whole + ".*..")
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(ROOT + "." + whole));
    }

    @Test
    void everyPackageIsNullMarked() {
        assertThat(
                        PRODUCT.getPackage(ROOT).getSubpackagesInTree().stream()
                                .filter(found -> !found.getClasses().isEmpty())
                                .filter(found -> !found.isAnnotatedWith(NullMarked.class))
                                .map(JavaPackage::getName))
                .as("packages without a package-info.java that says @NullMarked")
                .isEmpty();
    }

    @Test
    void onlyTheCpuDeviceSeesTheVectorApi() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(packageOf("device.cpu"))
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("jdk.incubator.vector.."));
    }

    @Test
    void onlyTheCudaDeviceSeesJcuda() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(packageOf("device.cuda"))
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("jcuda.."));
    }

    @Test
    void onlyTheRebalancerSeesTheSolversLibrary() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(packageOf("cluster.rebalance"))
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("org.ojalgo.."));
    }

    @Test
    void onlySourcesOfAdaptersSeeTheLibrariesOfArchivesAndObjectStores() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(packageOf("catalogue.source"))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                "software.amazon.awssdk..", "org.apache.commons.compress.."));
    }

    @Test
    void onlyTheDocumentationSeesTheLibrariesOfOpenApi() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(packageOf("api.documentation"))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                "org.springdoc..", "io.swagger..", "com.github.therapi.."));
    }

    /** The seam to hardware is one only while nobody but what opens it names an implementation. */
    @ParameterizedTest
    @ValueSource(strings = {"device.cpu", "device.cuda", "device.reference"})
    void onlyTheOpeningTheWiringAndTheProfilesNameADevice(String implementation) {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackages(
                                packages(
                                        implementation,
                                        "engine.opening",
                                        "engine.embed",
                                        "app",
                                        "bench"))
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(packageOf(implementation)));
    }

    /** Only the hashing of passwords stands below. */
    @Test
    void springStaysAtTheRim() {
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackages(SPRING_PACKAGES)
                        .should()
                        .dependOnClassesThat(
                                resideInAnyPackage(
                                                "org.springframework..",
                                                "jakarta..",
                                                "reactor..",
                                                "io.netty..")
                                        .and(
                                                not(
                                                        resideInAPackage(
                                                                "org.springframework.security.crypto..")))));
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackage(packageOf("security"))
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("org.springframework.security.crypto.."));
    }

    @Test
    void metricsAreCountedInEngineAndClusterAndAtTheRim() {
        String[] counting =
                Stream.concat(
                                Stream.of(packages("engine", "cluster", "catalogue")),
                                Stream.of(SPRING_PACKAGES))
                        .toArray(String[]::new);
        check(
                noClasses()
                        .that()
                        .resideOutsideOfPackages(counting)
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage("io.micrometer.."));
    }

    /** All share it, so a caller that fills it stalls all: work has pools of its own. */
    @Test
    void onlyTheDocumentWhichIsMadeOnceUsesTheGlobalPool() {
        check(
                noClasses()
                        .that()
                        .doNotHaveFullyQualifiedName(
                                ROOT + ".api.documentation.DocumentationController")
                        .should()
                        .callMethod(Schedulers.class, "boundedElastic"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"scheduling", "replica"})
    void decisionsSeeNoClockNoThreadAndNoFile(String pure) {
        check(
                noClasses()
                        .that()
                        .resideInAPackage(packageOf(pure))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(
                                "java.util.concurrent..",
                                "java.io..",
                                "java.nio..",
                                "java.net..",
                                "java.lang.foreign..")
                        .orShould()
                        .dependOnClassesThat()
                        .belongToAnyOf(Thread.class, java.time.Clock.class, java.util.Timer.class)
                        .orShould()
                        .callMethod(System.class, "nanoTime")
                        .orShould()
                        .callMethod(System.class, "currentTimeMillis")
                        .orShould()
                        .callMethod(java.time.Instant.class, "now"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Util", "Utils", "Helper", "Manager", "Impl"})
    void noNameSaysNothing(String ending) {
        check(noClasses().should().haveSimpleNameEndingWith(ending));
    }

    @Test
    void noSimpleNameIsTwiceInTheProduct() {
        var packages =
                topLevel()
                        .collect(
                                groupingBy(
                                        JavaClass::getSimpleName,
                                        mapping(JavaClass::getPackageName, toSet())));
        packages.values().removeIf(found -> found.size() == 1);
        assertThat(packages).isEmpty();
    }

    @Test
    void packagesHaveAtMostFortyFiles() {
        var sizes = topLevel().collect(groupingBy(JavaClass::getPackageName, counting()));
        sizes.values().removeIf(size -> size <= MOST_FILES);
        assertThat(sizes).isEmpty();
    }

    /** Returns the classes that have a file of their own, without generated ones. */
    private static Stream<JavaClass> topLevel() {
        return PRODUCT.stream()
                .filter(JavaClass::isTopLevelClass)
                .filter(found -> !found.getSimpleName().equals("package-info"));
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(PRODUCT);
    }

    private static String packageOf(String name) {
        return ROOT + "." + name + "..";
    }

    private static String[] packages(String... names) {
        return Stream.of(names).map(ArchitectureTest::packageOf).toArray(String[]::new);
    }
}
