package org.dlora.device.reference;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import org.dlora.device.Activations;
import org.dlora.device.Device;
import org.dlora.device.KvLayout;
import org.dlora.device.MergeLoss;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RowUse;
import org.dlora.device.Step;
import org.dlora.device.WeightMatrix;
import org.jspecify.annotations.Nullable;

/** The plain device, one of whose operations has a wrong last element. */
public final class SpoiledDevice {
    private static final float ERROR = 0.5f;
    private static final RaggedBatch NO_ROWS = new RaggedBatch(new int[0], new int[0], List.of());

    private final String operation;
    private final String numericMode;

    private SpoiledDevice(String operation, String numericMode) {
        this.operation = operation;
        this.numericMode = numericMode;
    }

    /**
     * Returns the device.
     *
     * @param operation name of a method of the seam; that of none spoils nothing
     * @param numericMode that the device says it has
     */
    public static Device of(String operation, String numericMode) {
        return new SpoiledDevice(operation, numericMode).device();
    }

    private Device device() {
        var plain = new ReferenceDevice();
        return proxy(
                Device.class,
                (method, args) ->
                        switch (method.getName()) {
                            case "numericMode" -> numericMode;
                            case "open" -> operations(plain.open(1));
                            default -> call(plain, method, args, NO_ROWS);
                        });
    }

    private Operations operations(Operations plain) {
        return proxy(
                Operations.class,
                (method, args) -> {
                    var result = call(plain, method, args, NO_ROWS);
                    return result instanceof Step step && args != null
                            ? step(step, (RaggedBatch) args[0])
                            : result;
                });
    }

    private Step step(Step plain, RaggedBatch batch) {
        return proxy(Step.class, (method, args) -> call(plain, method, args, batch));
    }

    private @Nullable Object call(
            Object plain, Method method, Object @Nullable [] args, RaggedBatch batch)
            throws Throwable {
        if (args == null || !method.getName().equals(operation)) {
            return invoke(plain, method, args);
        }
        if (args[args.length - 1] instanceof RowUse use) {
            args[args.length - 1] = (RowUse) (i, row) -> use.accept(i, spoiled(row));
        }
        return spoiled(invoke(plain, method, args), args, batch);
    }

    private static @Nullable Object invoke(Object plain, Method method, Object @Nullable [] args)
            throws Throwable {
        try {
            return method.invoke(plain, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static float[] spoiled(float[] row) {
        row[row.length - 1] += ERROR;
        return row;
    }

    private @Nullable Object spoiled(@Nullable Object result, Object[] args, RaggedBatch batch) {
        var last = args[args.length - 1];
        if (result instanceof WeightMatrix matrix) {
            spoil(ReferenceOperations.values(matrix), matrix.rows());
        } else if (result instanceof MergeLoss(double change, double lost)) {
            return new MergeLoss(change * 1.01, lost);
        } else if (last instanceof WeightMatrix matrix) {
            spoil(ReferenceOperations.values(matrix), (int) args[2]);
        } else if (last instanceof int[] found) {
            found[found.length - 1]++;
        } else if (last instanceof float[] row) {
            var _ = spoiled(row);
        } else if (operation.equals("writeKv")) {
            spoil((ReferenceCache) args[2], (int) args[3], batch);
        } else if (!operation.equals("forEachRow")) {
            var out =
                    Arrays.stream(args)
                            .filter(Activations.class::isInstance)
                            .map(Activations.class::cast)
                            .reduce((_, second) -> second)
                            .orElseThrow();
            spoil(ReferenceOperations.values(out), out.rows());
        }
        return result;
    }

    private static void spoil(float[][] values, int rows) {
        if (rows > 0) {
            var _ = spoiled(values[rows - 1]);
        }
    }

    private static void spoil(ReferenceCache cache, int layer, RaggedBatch batch) {
        if (batch.rows() > 0) {
            var chunk = batch.chunks().getLast();
            int position = chunk.firstPosition() + chunk.rows() - 1;
            int block = chunk.blockTable()[position / KvLayout.BLOCK_TOKENS];
            var _ = spoiled(cache.values()[layer][block][position % KvLayout.BLOCK_TOKENS]);
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
