package org.dlora.tensor;

import java.nio.file.Path;
import java.util.List;
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

    /** The files that hold the tensors. */
    List<Path> files();

    /**
     * Asserts that what was read is what was validated: nobody wrote to the files meanwhile.
     *
     * @throws LoadException if a file is not the one that was opened
     */
    void checkUnchanged();

    @Override
    void close();
}
