/** How `model.ts` and kernels copy constants from flash (assembly/flash.ts). */

/** The kernel file that declares the copy, and its function. */
export const FLASH_KERNELS = "flash";
export const FLASH_COPY = "copy_from_flash";
