package org.dlora.device.cpu;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import java.lang.reflect.AnnotatedElement;
import java.util.Optional;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;
import org.dlora.device.cpu.linear.NativeLinear;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Condition of the tests of the C kernels, which need a compiler at build and AVX-512: skips them
 * where such kernels are not chosen by themselves, or where those of {@link NeedsKernels} do not
 * run. {@code -Ddlora.test.native=required} makes that an error, but for AMX, which {@code
 * -Ddlora.test.amx=required} asks for.
 */
public final class NeedsNativeKernels implements ExecutionCondition, SkipExecutionHook {
    /** Empty if such kernels are what a device uses, whose library alone does not say so. */
    static String missing() {
        String reason = reason();
        if (!reason.isEmpty() && System.getProperty("dlora.test.native", "").equals("required")) {
            throw new AssertionError(
                    "dlora.test.native=required, but they are not used: " + reason);
        }
        return reason;
    }

    private static String reason() {
        var chosen = KernelChoice.best(CpuDevice.Native.AUTO);
        if (chosen.linear() instanceof NativeLinear) {
            return "";
        }
        String reason = NativeLibrary.attempt().reason();
        return reason.isEmpty() ? "a device computes by " + chosen.linear().name() : reason;
    }

    private static String missing(Optional<? extends AnnotatedElement> test) {
        var needed = test.map(element -> element.getAnnotation(NeedsKernels.class));
        return needed.map(kernels -> missing(kernels.value()))
                .orElseGet(NeedsNativeKernels::missing);
    }

    private static String missing(KernelFamily family) {
        String reason = KernelChoice.missing(family);
        String property = family == KernelFamily.AMX ? "dlora.test.amx" : "dlora.test.native";
        if (!reason.isEmpty() && System.getProperty(property, "").equals("required")) {
            throw new AssertionError(
                    "%s=required, but %s do not run: %s".formatted(property, family, reason));
        }
        return reason;
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        String reason = missing(context.getElement());
        return reason.isEmpty() ? enabled("they are there") : disabled(reason);
    }

    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
        String reason = missing(context.optionalElement());
        return reason.isEmpty() ? SkipResult.doNotSkip() : SkipResult.skip(reason);
    }
}
