package dev.freshet.bus.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SliceRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The rules about this module's packages, each for whichever packages it is asked about. */
final class Stations {

    static final String ROOT = "dev.freshet.bus";
    static final String INTERNAL = ROOT + ".internal.";

    private Stations() {}

    /**
     * No package depends on itself through others.
     *
     * @param factories code units whose classes make what is internal, and so may import it
     */
    static SliceRule areFreeOfCycles(Set<String> factories) {
        Set<String> makers = factories.stream().map(Stations::classOf).collect(Collectors.toSet());
        return SlicesRuleDefinition.slices()
                .assignedFrom(new SliceAssignment() {
                    @Override
                    public SliceIdentifier getIdentifierOf(JavaClass type) {
                        return SliceIdentifier.of(type.getPackageName());
                    }

                    @Override
                    public String getDescription() {
                        return "packages";
                    }
                })
                .should()
                .beFreeOfCycles()
                .ignoreDependency(
                        DescribedPredicate.describe("makers", type -> makers.contains(type.getFullName())),
                        resideInAPackage(INTERNAL + "."));
    }

    private static String classOf(String codeUnit) {
        String name = codeUnit.substring(0, codeUnit.indexOf('('));
        return name.substring(0, name.lastIndexOf('.'));
    }

    /** Each package knows only those it may, by their names below the root; all of them may know the root. */
    static Stream<ArchRule> knowOnly(Map<String, Set<String>> mayKnow) {
        return mayKnow.entrySet().stream().map(entry -> noClasses()
                .that()
                .resideInAPackage(full(entry.getKey()))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(mayKnow.keySet().stream()
                        .filter(other -> !other.equals(entry.getKey()))
                        .filter(other -> !entry.getValue().contains(other))
                        .map(Stations::full)
                        .toArray(String[]::new)));
    }

    private static String full(String belowRoot) {
        return ROOT + "." + belowRoot;
    }

    /** The packages that there are, by their names below the root. */
    static Set<String> of(Iterable<JavaClass> classes) {
        Set<String> found = new TreeSet<>();
        classes.forEach(type -> {
            if (type.getPackageName().startsWith(ROOT + ".")) {
                found.add(type.getPackageName().substring(ROOT.length() + 1));
            }
        });
        return found;
    }

    /** What is internal is touched by these code units only. */
    static ArchCondition<JavaClass> touchInternalsOnlyIn(Set<String> factories) {
        return new ArchCondition<>("touch what is internal only in " + factories) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                type.getAccessesFromSelf().stream()
                        .filter(access -> isInternal(access.getTargetOwner()))
                        .map(JavaAccess::getOrigin)
                        .map(JavaCodeUnit::getFullName)
                        .filter(origin -> !factories.contains(origin))
                        .forEach(origin ->
                                events.add(SimpleConditionEvent.violated(type, origin + " touches what is internal")));
                judge(type, events, anyone -> true);
            }
        };
    }

    /** The factories that touch nothing internal, and so need not be named. */
    static Set<String> idle(Set<String> factories, Iterable<JavaClass> classes) {
        Set<String> idle = new TreeSet<>(factories);
        classes.forEach(type -> type.getAccessesFromSelf().stream()
                .filter(access -> isInternal(access.getTargetOwner()))
                .forEach(access -> idle.remove(access.getOrigin().getFullName())));
        return idle;
    }

    private static boolean isInternal(JavaClass type) {
        return type.getFullName().startsWith(INTERNAL);
    }

    /** The types outside the internals that users can name, as they write them. */
    static Set<String> publicTypes(Iterable<JavaClass> classes) {
        Set<String> found = new TreeSet<>();
        classes.forEach(type -> {
            if (type.getPackageName().startsWith(ROOT) && !isInternal(type) && isVisible(type)) {
                found.add(type.getFullName().substring(ROOT.length() + 1).replace('$', '.'));
            }
        });
        return found;
    }

    private static boolean isVisible(JavaClass type) {
        return type.getModifiers().contains(JavaModifier.PUBLIC)
                && type.getEnclosingClass().map(Stations::isVisible).orElse(true);
    }

    /** What users can see of a type names nothing internal. */
    static ArchCondition<JavaClass> showNothingInternal() {
        return new ArchCondition<>("show nothing internal") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (type.getModifiers().contains(JavaModifier.PUBLIC)) {
                    judge(type, events, Stations::isShown);
                }
            }
        };
    }

    private static void judge(JavaClass type, ConditionEvents events, Predicate<Set<JavaModifier>> isMeant) {
        supertypes(type).forEach(shown -> judge(type.getFullName(), shown, events));
        type.getFields().stream()
                .filter(field -> isMeant.test(field.getModifiers()))
                .forEach(field -> judge(field.getFullName(), field.getType(), events));
        type.getCodeUnits().stream()
                .filter(unit -> isMeant.test(unit.getModifiers()))
                .forEach(unit -> signature(unit).forEach(shown -> judge(unit.getFullName(), shown, events)));
    }

    private static Stream<JavaType> supertypes(JavaClass type) {
        return Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream());
    }

    private static boolean isShown(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    private static Stream<JavaType> signature(JavaCodeUnit unit) {
        Stream<JavaType> types = Stream.concat(Stream.of(unit.getReturnType()), unit.getParameterTypes().stream());
        return Stream.concat(types, unit.getExceptionTypes().stream());
    }

    private static void judge(String owner, JavaType shown, ConditionEvents events) {
        Set<String> internals = shown.getAllInvolvedRawTypes().stream()
                .map(type -> type.getBaseComponentType().getFullName())
                .filter(name -> name.startsWith(INTERNAL))
                .collect(Collectors.toCollection(LinkedHashSet::new));
        if (!internals.isEmpty()) {
            events.add(SimpleConditionEvent.violated(owner, owner + " shows " + internals));
        }
    }
}
