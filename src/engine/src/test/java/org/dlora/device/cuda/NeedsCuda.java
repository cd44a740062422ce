package org.dlora.device.cuda;

import static org.junit.jupiter.api.extension.ConditionEvaluationResult.disabled;
import static org.junit.jupiter.api.extension.ConditionEvaluationResult.enabled;

import java.nio.file.Path;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;
import org.dlora.device.cuda.driver.Driver;
import org.dlora.device.cuda.kernels.KernelImages;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Condition of tests on GPUs, which run on the driver's stand-in of {@code kernels/emulator}: skips
 * them unless {@code -Ddlora.test.cuda.driver} has the path of its library. {@code
 * -Ddlora.test.cuda=required} makes that an error.
 */
public final class NeedsCuda implements ExecutionCondition, SkipExecutionHook {
    private static final String MISSING = missing();

    /** Returns why there is no driver; empty if there is one, which JCuda then takes. */
    private static String missing() {
        var library = System.getProperty("dlora.test.cuda.driver", "");
        if (library.isEmpty()) {
            if (System.getProperty("dlora.test.cuda", "").equals("required")) {
                throw new AssertionError(
                        "dlora.test.cuda=required, but dlora.test.cuda.driver has no path");
            }
            return "dlora.test.cuda.driver has no path of kernels/emulator's libcuda.so.1";
        }
        System.setProperty(Driver.LIBRARY, library);
        System.setProperty(
                KernelImages.FOLDER, Path.of(library).resolveSibling("kernels").toString());
        return "";
    }

    /** Returns whether there is a driver for tests. */
    public static boolean isThere() {
        return MISSING.isEmpty();
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return isThere() ? enabled("there is a driver") : disabled(MISSING);
    }

    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
        return isThere() ? SkipResult.doNotSkip() : SkipResult.skip(MISSING);
    }
}
