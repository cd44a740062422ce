package org.dlora.device.cuda.operations;

import java.util.ArrayList;
import java.util.List;
import org.dlora.device.LoraBatch;
import org.dlora.device.cuda.driver.Stream;
import org.dlora.device.cuda.memory.CudaAccount;

/**
 * The terms of all linear layers in a step, copied to the GPU in one piece. While the batch of
 * groups is the same object, as in steady decodes, they stay there.
 */
final class StepTerms implements AutoCloseable {
    private static final CudaLayerTerms NONE = new CudaLayerTerms(List.of());

    private final CudaAccount account;
    private final StepUpload upload;
    private List<CudaLayerTerms> layers = List.of();
    private LoraBatch batch = LoraBatch.NONE;
    private long frees;

    /**
     * @param account of the device that the terms lie on
     */
    StepTerms(Stream stream, CudaAccount account) {
        this.account = account;
        this.upload = new StepUpload(stream);
    }

    /**
     * Takes the terms of the next step.
     *
     * @throws IllegalStateException if memory of a term was freed
     */
    @SuppressWarnings("ReferenceEquality") // A batch does not change; comparing takes longer.
    void begin(LoraBatch next) {
        long freesBefore = account.frees();
        if (next == batch && freesBefore == frees) {
            return;
        }
        batch = LoraBatch.NONE;
        var described = new ArrayList<CudaLayerTerms>();
        long end = 0;
        for (int i = 0; i < next.layers(); i++) {
            described.add(new CudaLayerTerms(next.at(i)));
            end = described.getLast().place(end);
        }
        if (end > 0) {
            var data = upload.next(end);
            described.forEach(layer -> layer.write(data));
            long address = upload.copy(data);
            described.forEach(layer -> layer.placedAt(address));
        }
        layers = described;
        batch = next;
        frees = freesBefore;
    }

    /** Returns the terms at linear layer {@code index}. */
    CudaLayerTerms at(int index) {
        return index < layers.size() ? layers.get(index) : NONE;
    }

    @Override
    public void close() {
        upload.close();
    }
}
