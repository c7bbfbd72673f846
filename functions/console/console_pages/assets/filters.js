// The filters of the action log: short addresses, and days that are the reader's own.
export const filters = (form) => {
  form.addEventListener("formdata", ({ formData }) => {
    if (formData.get("from") || formData.get("to")) formData.set("zone", Intl.DateTimeFormat().resolvedOptions().timeZone);
    else formData.delete("zone");
    for (const [name, value] of [...formData]) {
      if (!value) formData.delete(name);
    }
  });
};
