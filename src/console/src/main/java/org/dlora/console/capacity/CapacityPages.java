package org.dlora.console.capacity;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Page of the memories' capacity. */
@Configuration(proxyBeanMethods = false)
@Import({CapacityPage.class, CapacityPanel.class})
public class CapacityPages {}
