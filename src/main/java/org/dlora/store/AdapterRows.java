package org.dlora.store;

import java.util.List;
import org.springframework.data.jpa.repository.JpaRepository;

/** Repository of the catalogue's adapters. */
interface AdapterRows extends JpaRepository<AdapterRow, AdapterRow.Key> {
    List<AdapterRow> findByKeyBaseOrderByCreatedAtAscKeyNameAsc(String base);
}
