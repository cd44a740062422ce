package org.dlora.adapter.content;

import java.nio.file.Path;
import java.util.List;
import org.dlora.model.AdapterFormat;
import org.dlora.model.BaseModel;
import org.dlora.tensor.TensorSource;

/**
 * A validated adapter, its weights still in its files.
 *
 * @param name its name for clients, which is the folder's name
 * @param version hex SHA-256 over the weights and every field that changes the maths
 * @param folder folder that it was loaded from
 * @param tensors its tensors, none left out
 * @param base the model that it was validated against; belongs to its owner
 * @param source the mapped files of the tensors
 * @param format chat format and defaults of its requests, from its folder
 * @param warnings sentences for the adapter's owner, although it can be served; normally empty
 */
public record Adapter(
        String name,
        String version,
        Path folder,
        AdapterTensors tensors,
        BaseModel base,
        TensorSource source,
        AdapterFormat format,
        List<String> warnings)
        implements AutoCloseable {
    public Adapter {
        warnings = List.copyOf(warnings);
    }

    /** Returns every module that has a low rank. */
    public List<LoraModule> modules() {
        return tensors.modules();
    }

    /** Returns the largest rank of the modules. */
    public int maxRank() {
        return modules().stream().mapToInt(LoraModule::rank).max().orElse(0);
    }

    @Override
    public void close() {
        source.close();
    }
}
