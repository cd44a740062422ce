package org.dlora.store;

import java.util.List;
import org.springframework.data.jpa.repository.JpaRepository;

/** Repository of the models' weights of service. */
interface ShareRows extends JpaRepository<ShareRow, ShareRow.Key> {
    List<ShareRow> findByKeyBase(String base);
}
