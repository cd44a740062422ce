package org.dlora.bench.profile;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.dlora.device.Device;
import org.dlora.device.Operations;
import org.jspecify.annotations.Nullable;

/**
 * A device that delegates to another and times each operation. Both interfaces are proxied, so that
 * an operation added to the seam later is passed on and timed as well.
 */
final class ProfiledDevice {
    /** Methods of {@link Operations} that are no work of a step. */
    private static final Set<String> PASSED_ON = Set.of("activations", "close");

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
                (method, args) ->
                        args == null || PASSED_ON.contains(method.getName())
                                ? call(operations, method, args)
                                : time(operations, method, args, costs, recorder));
    }

    private static @Nullable Object time(
            Operations operations,
            Method method,
            Object[] args,
            OperationCosts costs,
            StepRecorder recorder)
            throws Throwable {
        long entered = System.nanoTime();
        var call = costs.of(method.getName(), args);
        if (method.getName().equals("embed")) {
            recorder.step(((int[]) args[1]).length, entered);
        }
        long before = System.nanoTime();
        var result = call(operations, method, args);
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
