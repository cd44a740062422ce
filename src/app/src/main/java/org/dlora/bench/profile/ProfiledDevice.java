package org.dlora.bench.profile;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.dlora.device.Device;
import org.dlora.device.LoraBatch;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.Step;
import org.jspecify.annotations.Nullable;

/**
 * A device that delegates to another and times each operation. Both interfaces are proxied, so that
 * an operation added to the seam later is passed on and timed as well.
 */
final class ProfiledDevice {
    /** Methods of {@link Operations} that are no work of a step. */
    private static final Set<String> PASSED_ON = Set.of("activations", "close");

    private static final Set<String> LORA = Set.of("lora", "loraEmbed");

    private ProfiledDevice() {}

    static Device of(Device device, OperationCosts costs, StepRecorder recorder) {
        return proxy(
                Device.class,
                (method, args) -> {
                    var result = call(device, method, args);
                    return result instanceof Operations operations
                            ? timed(operations, costs, recorder)
                            : result;
                });
    }

    private static Operations timed(
            Operations operations, OperationCosts costs, StepRecorder recorder) {
        return proxy(
                Operations.class,
                (method, args) -> {
                    if (args == null || PASSED_ON.contains(method.getName())) {
                        return call(operations, method, args);
                    }
                    if (method.getName().equals("begin") && args[0] instanceof RaggedBatch batch) {
                        recorder.step(batch.rows(), System.nanoTime());
                    }
                    var result = time(operations, method, args, args, costs, recorder);
                    return result instanceof Step step
                            ? timed(step, args, costs, recorder)
                            : result;
                });
    }

    /**
     * @param begin arguments of {@link Operations#begin}
     */
    private static Step timed(
            Step step, Object[] begin, OperationCosts costs, StepRecorder recorder) {
        var lora = (LoraBatch) begin[2];
        return proxy(
                Step.class,
                (method, args) -> {
                    if (args == null || isLoraWithoutGroups(method, args, lora)) {
                        return call(step, method, args);
                    }
                    return time(step, method, args, complete(method, args, begin), costs, recorder);
                });
    }

    private static boolean isLoraWithoutGroups(Method method, Object[] args, LoraBatch lora) {
        return LORA.contains(method.getName()) && lora.at((int) args[0]).isEmpty();
    }

    /** Returns the arguments and what the operation knows from its step. */
    private static Object[] complete(Method method, Object[] args, Object[] begin) {
        var all = new ArrayList<>(List.of(args));
        if (LORA.contains(method.getName())) {
            all.set(0, ((LoraBatch) begin[2]).at((int) args[0]));
        } else if (method.getName().equals("gather")) {
            all.add(begin[1]);
        } else {
            var batch = (RaggedBatch) begin[0];
            all.add(batch);
            all.add(batch.tokens());
        }
        return all.toArray();
    }

    /**
     * @param described arguments that the cost is told from
     */
    private static @Nullable Object time(
            Object target,
            Method method,
            Object[] args,
            Object[] described,
            OperationCosts costs,
            StepRecorder recorder)
            throws Throwable {
        long entered = System.nanoTime();
        var call = costs.of(method.getName(), described);
        long before = System.nanoTime();
        var result = call(target, method, args);
        long after = System.nanoTime();
        recorder.operation(call, after - before, before - entered);
        recorder.own(System.nanoTime() - after);
        return result;
    }

    private static @Nullable Object call(Object target, Method method, Object @Nullable [] args)
            throws Throwable {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            throw e.getTargetException();
        }
    }

    @FunctionalInterface
    private interface Handler {
        @Nullable Object invoke(Method method, Object @Nullable [] args) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, Handler handler) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (_, method, args) -> handler.invoke(method, args)));
    }
}
