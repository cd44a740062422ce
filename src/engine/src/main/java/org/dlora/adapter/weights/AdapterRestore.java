package org.dlora.adapter.weights;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.IntFunction;
import java.util.function.ObjIntConsumer;
import org.dlora.device.CopyMismatchException;
import org.dlora.device.Device;
import org.dlora.device.MemoryReservation;
import org.dlora.model.DecoderSpec;

/**
 * Allocation of a copied adapter's weights on a device, all or nothing.
 *
 * @param spec of the model that the device serves
 * @param memory reserved for the weights. They own it once they are there; until then its owner
 *     keeps it
 * @param origin of the copy
 */
public record AdapterRestore(
        Device device,
        DecoderSpec spec,
        MemoryReservation memory,
        UploadPace pace,
        LoadOrigin origin) {

    /**
     * Allocates all parts.
     *
     * @param name the adapter's name for clients
     * @param matrix adds the copy of the matrix of a number
     * @param vector returns the values of the vector of a number
     * @throws CopyMismatchException if the device lays out matrices in another way, or the adapter
     *     does not fit the model
     * @throws IOException if the terms are damaged
     */
    AdapterWeights weights(
            String name,
            AdapterIndex index,
            ObjIntConsumer<AdapterParts> matrix,
            IntFunction<MemorySegment> vector)
            throws IOException {
        var parts = new AdapterParts(device.together(memory.bytes()));
        try {
            for (int i = 0; i < index.matrices().length; i++) {
                matrix.accept(parts, i);
                pace.advanced(index.matrices()[i]);
            }
            for (int i = 0; i < index.vectors().length; i++) {
                parts.addVector(vector.apply(i));
            }
            var reader = new TermReader(index.terms(), parts, spec);
            memory.correct(parts.bytes());
            return new AdapterWeights(
                    name,
                    index.version(),
                    reader.terms(),
                    reader.merge(),
                    device,
                    parts.bytes(),
                    origin,
                    () -> {
                        parts.close();
                        memory.close();
                    });
        } catch (IndexOutOfBoundsException e) {
            parts.close();
            throw new IOException("terms that name parts which are not there", e);
        } catch (IOException | RuntimeException | Error e) {
            parts.close();
            throw e;
        }
    }
}
