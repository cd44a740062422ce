package org.dlora.tensor;

import java.util.Set;

/**
 * The tensors of one folder, by name. Closing it unmaps the files; tensors must not be used
 * afterwards.
 */
public interface TensorSource extends AutoCloseable {

    /** All names in the folder's files. */
    Set<String> names();

    /**
     * The tensor called {@code name}.
     *
     * @throws LoadException if there is none
     */
    Tensor tensor(String name);

    @Override
    void close();
}
