package org.dlora.device.cpu;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;
import org.dlora.device.cpu.linear.NativeLinear;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For tests of the C kernels, which need a compiler at build and AVX-512 BF16: skips them where
 * they are not used, unless {@code -Ddlora.test.native=required} says that they must be.
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

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        String reason = missing();
        return reason.isEmpty() ? enabled("they are there") : disabled(reason);
    }

    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
        String reason = missing();
        return reason.isEmpty() ? SkipResult.doNotSkip() : SkipResult.skip(reason);
    }
}
