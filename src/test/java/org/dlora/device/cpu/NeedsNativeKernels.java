package org.dlora.device.cpu;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * For tests of the C kernels, which need a compiler at build and AVX-512 BF16: skips them where
 * there are none, unless {@code -Ddlora.test.native=required} says that there must be.
 */
public final class NeedsNativeKernels implements ExecutionCondition, SkipExecutionHook {
    /** Empty if there are such kernels. */
    static String missing() {
        String reason = NativeLibrary.attempt().reason();
        if (!reason.isEmpty() && System.getProperty("dlora.test.native", "").equals("required")) {
            throw new AssertionError("dlora.test.native=required, but there are none: " + reason);
        }
        return reason;
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
