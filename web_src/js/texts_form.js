// What is said while a form is filled.
import { learn } from "./texts.js";

learn({
  zh: {
    leave_title: "还有没保存的修改", leave_text: "现在离开，刚才填的内容会留在草稿里，下次可以接着填。", leave: "离开", stay: "继续填写", draft_saved: "草稿已存在本机 {time}",
    draft_kept: "草稿已保存 {time}", to_fix: "{n} 处要改", no_match: "没有找到", type_more: "还有更多，继续输入来缩小范围", search_failed: "没查到，点一下再试", clear: "清空",
    remove: "移除 {name}", upload_failed: "没传上去", still_uploading: "文件还在上传，传完再保存。", required: "这里要填", required_pick: "这里要选",
    not_a_number: "这里要填数字，例如 1234.5", not_a_date: "这里要填日期，例如 2026-11-23", not_a_time: "这里要填时刻，例如 09:30", not_a_length: "这里要填时长，例如 1:30 或 90m",
    not_a_place: "这里要填纬度和经度，例如 31.2989, 120.5853", least: "不能小于 {n}", most: "不能大于 {n}", open_calendar: "打开日历", undo: "撤销", mark: "：",
    not_sent: "没能保存，填的内容都还在。", slow: "还在保存：网络很慢，填的内容都在。", kept_here: "已留在这台设备，联网后再保存",
  },
  en: {
    leave_title: "There are unsaved changes", leave_text: "If you leave now, what you typed stays as a draft to go on with.", leave: "Leave",
    stay: "Keep editing", draft_saved: "Draft kept on this device {time}", draft_kept: "Draft saved {time}", to_fix: "{n} to fix",
    no_match: "Nothing found", type_more: "There are more; type to narrow the list", search_failed: "The search failed, click to try again",
    clear: "Clear", remove: "Remove {name}", upload_failed: "Upload failed", still_uploading: "Files are still uploading. Save when they are done.",
    required: "This is needed", required_pick: "Choose one", not_a_number: "A number is needed here, such as 1234.5",
    not_a_date: "A date is needed here, such as 2026-11-23", not_a_time: "A time is needed here, such as 09:30",
    not_a_length: "A length of time is needed here, such as 1:30 or 90m",
    not_a_place: "Latitude and longitude are needed here, such as 31.2989, 120.5853", least: "At least {n}", most: "At most {n}",
    open_calendar: "Open the calendar", undo: "Undo", mark: ": ", not_sent: "It was not saved. Everything you typed is still here.",
    slow: "Still saving: the network is slow. What you typed is kept.", kept_here: "Kept on this device until you are online",
  },
});
